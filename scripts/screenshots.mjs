// `npm run screenshots`: a picture of every page of the console, from a service that it starts on a sample database.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { fail, prepare } from './bootstrap.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const images = path.join(root, 'docs', 'images');
const password = 'four words that nobody guesses';

prepare(process.argv.slice(2), [
  ['chromium', 'chromium'],
  ['fc-list', 'fontconfig'],
]);
if (execFileSync('fc-list', [':lang=zh']).length === 0) {
  fail('no font has Chinese letters, which some pictures show: apt-get install fonts-wqy-microhei');
}
mkdirSync(images, { recursive: true });
const stateDirectory = mkdtempSync(path.join(tmpdir(), 'pma-screenshots-'));
const service = startService();
const ended = new Promise((resolve) => service.once('exit', resolve));
try {
  const { url, firstPassword } = await untilReady(service);
  await picture(url, firstPassword);
} finally {
  service.kill('SIGTERM');
  await ended;
  rmSync(stateDirectory, { recursive: true, force: true });
}

function startService() {
  return spawn(path.join(root, 'bin', 'pma-backup'), ['up'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PMA_STATE_DIR: stateDirectory,
      BACKUP_MODULES: 'dictionaries=institute.dictionaries; affiliations=institute.affiliations',
      BACKUP_LOCATION: path.join(stateDirectory, 'backups'),
    },
  });
}

function untilReady(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    const read = (chunk) => {
      text += chunk;
      if (!/to stop/.test(text)) return;
      const url = /the console is at (\S+)/.exec(text)[1];
      resolve({ url, firstPassword: /with the password (\S+)/.exec(text)[1] });
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', () => reject(new Error(text)));
  });
}

async function picture(url, firstPassword) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage({
      ...{ locale: 'en-US', timezoneId: 'UTC', reducedMotion: 'reduce' },
      viewport: { width: 1280, height: 800 },
    });
    await page.goto(url);
    await take(page, 'sign-in');
    await logIn(page, firstPassword);
    for (const [kind, module] of [
      ['schema only', ''],
      ['full', 'dictionaries'],
      ['full', ''],
    ])
      await backUp(page, url, kind, module);
    await takeAll(page, url);
  } finally {
    await browser.close();
  }
}

async function logIn(page, firstPassword) {
  await page.fill('input[name=user]', 'admin');
  await page.fill('input[name=password]', firstPassword);
  await page.click('button[type=submit]');
  await page.fill('input[name=newPassword]', password);
  await page.fill('input[name=again]', password);
  await page.fill('input[name=password]', firstPassword);
  await page.click('button[type=submit]');
  await page.getByRole('navigation').waitFor();
}

async function backUp(page, url, kind, module) {
  await page.goto(`${url}/run`);
  await page.getByLabel('Module').selectOption(module);
  await page.getByRole('radio', { name: kind, exact: true }).check();
  await page.getByRole('button', { name: 'Back up now' }).click();
  const run = page.getByRole('region', { name: 'This run' });
  await run.getByText('done', { exact: true }).waitFor({ timeout: 120_000 });
}

async function takeAll(page, url) {
  const links = page.getByRole('navigation').getByRole('link');
  const addresses = await links.evaluateAll((all) => all.map(({ href }) => href));
  for (const address of addresses) {
    await page.goto(address);
    await act(page, address);
    await take(page, new URL(address).pathname.slice('/backup/'.length) || 'overview');
  }
  await page.goto(`${url}/backups`);
  await page.locator('tbody a').first().click();
  await take(page, 'backup');
  await takeOthers(page, url);
}

/** The overview as other people see it: in Chinese and dark, and on a telephone. */
async function takeOthers(page, url) {
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.evaluate(() => localStorage.setItem('pma-language', 'zh-CN'));
  await page.goto(url);
  await take(page, 'overview-zh-dark');
  await page.setViewportSize({ width: 400, height: 800 });
  await page.goto(`${url}/backups`);
  await take(page, 'backups-zh-dark-400');
}

/** What a page shows only when it is asked to. */
async function act(page, address) {
  if (address.endsWith('/cleanup')) {
    await page.getByRole('button', { name: 'Show what would be deleted' }).click();
    await page.getByRole('region', { name: 'Would be kept' }).waitFor();
  }
  if (address.endsWith('/settings')) {
    await page.getByRole('button', { name: 'Examine now' }).click();
    await page.getByText('well', { exact: true }).first().waitFor();
  }
}

async function take(page, name) {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.locator('[role=status]').first().waitFor({ state: 'detached' });
  await page.waitForTimeout(500); // pictures of what is still fading in are of no use
  await page.screenshot({ path: path.join(images, `${name}.png`) });
  process.stdout.write(`docs/images/${name}.png\n`);
}

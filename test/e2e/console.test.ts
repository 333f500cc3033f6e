import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { visiblePages } from '../../src/web/places.ts';
import { openCatalog } from '../../src/catalog/catalog.ts';
import { permissions } from '../../src/domain/access.ts';
import { parseConnection } from '../../src/postgres/connection.ts';
import {
  findingsInBothSchemes,
  newPage,
  seriousFindings,
  startBrowser,
  startConsole,
  type Browser,
  type Page,
  type TestConsole,
} from '../harness/browser.ts';
import { createTestServiceFor, until, type ServiceWithDatabase } from '../harness/service.ts';
import { fullOf, storeBackups } from '../harness/stored-backups.ts';
import { dropRestored, restoresInTheConsole } from './console-restores.ts';

let service: ServiceWithDatabase;
let served: TestConsole;
let browser: Browser;
let page: Page;

const password = 'several words that are long';
const database = () => service.database.name.replaceAll('_', '-');

beforeAll(async () => {
  [service, browser] = await Promise.all([
    createTestServiceFor(
      'console',
      `
      CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
      INSERT INTO customers SELECT n, 'customer ' || n FROM generate_series(1, 500) n;
      CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers);
      INSERT INTO orders SELECT n, 1 + n % 500 FROM generate_series(1, 900) n;
    `,
      { BACKUP_MODULES: 'sales=public.orders' },
    ),
    startBrowser(),
  ]);
  served = await startConsole(service);
  page = await newPage(browser);
}, 180_000);

afterAll(async () => {
  await browser.close();
  await dropRestored(service);
  await service.close();
});

async function open(path: string, on: Page = page): Promise<void> {
  await on.goto(`${served.url}${path}`);
  await on.getByRole('heading', { level: 1 }).waitFor();
}

describe('logging in', () => {
  it('is asked for on every page, and a wrong password is said so', async () => {
    await open('/backups');
    await page.getByLabel('User').fill('admin');
    await page.getByLabel('Password', { exact: false }).first().fill('not this one');
    await page.getByRole('button', { name: 'Log in' }).click();
    expect(await page.getByRole('alert').textContent()).toContain('User or password is wrong');
  });

  it('with the first password leads to the choice of another, and from there to the page', async () => {
    await page.locator('input[name=password]').fill(served.firstPassword);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.locator('input[name=newPassword]').fill(password);
    expect(await findingsInBothSchemes(page)).toEqual([]);
    await page.locator('input[name=password]').fill(served.firstPassword);
    await page.locator('input[name=again]').fill('another one');
    await page.getByRole('button', { name: 'Choose it and log in' }).click();
    await page.getByText('The two are not the same').waitFor();
    await page.locator('input[name=again]').fill(password);
    await page.getByRole('button', { name: 'Choose it and log in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Backups' }).waitFor();
  });
});

describe('the overview', () => {
  it('says how old the newest proven backup is and when the next is due', async () => {
    await open('/');
    const card = page.getByRole('article', { name: database() });
    await card.getByText('in time').waitFor();
    await card.getByText(/^in \d+ (hour|minute|second)s?$/).waitFor();
    const time = card.getByRole('link').locator('time');
    expect(await time.getAttribute('title')).toMatch(/ \d\d:\d\d:\d\d UTC$/);
  });
});

describe('a backup that is started in the console', () => {
  it.each([
    ['full', ''],
    ['incremental', ''],
    ['schema only', ''],
    ['data only', ''],
    ['full', 'sales'],
  ])('of kind %s %s is followed until it is proven', async (kind, module) => {
    await open('/run');
    await page.getByRole('radio', { name: kind, exact: true }).check();
    await page.getByLabel('Module').selectOption(module);
    await page.getByRole('button', { name: 'Back up now' }).click();
    const run = page.getByRole('region', { name: 'This run' });
    await run.getByText('done', { exact: true }).waitFor({ timeout: 60_000 });
    await run.getByRole('link', { name: 'Open the backup' }).click();
    await page.getByRole('region', { name: 'What it is' }).getByText('proven').waitFor();
    const proof = page.getByRole('region', { name: 'Proof' });
    await proof.getByText('proven', { exact: true }).waitFor();
    if (kind === 'full' && module === '') {
      const row = proof.getByRole('row', { name: 'public.customers' });
      expect(await row.textContent()).toMatch(/500.*500.*equal/);
      expect(await findingsInBothSchemes(page)).toEqual([]);
    }
  });

  it('stands in the list, which is narrowed by its filters', async () => {
    await open('/backups');
    await page.getByLabel('Kind').selectOption('schema_only');
    await until('one backup is left', async () => (await page.locator('tbody tr').count()) === 1);
    expect(page.url()).toContain('kind=schema_only');
    await page.getByRole('link', { name: /2\d{3}/ }).click();
    await page.getByRole('region', { name: 'Restore by hand' }).waitFor();
  });
});

describe('a download', () => {
  it('is the artifact as it was sealed', async () => {
    await open('/backups?kind=data_only');
    await page.getByRole('link', { name: /2\d{3}/ }).click();
    const facts = page.getByRole('region', { name: 'What it is' });
    const sha256 = await facts.getByText(/^[0-9a-f]{64}$/).textContent();
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download', exact: true }).click();
    const download = await downloading;
    const hash = createHash('sha256').update(await readFile(await download.path()));
    expect(hash.digest('hex')).toBe(sha256);
    expect(download.suggestedFilename()).toMatch(/_data_only_\d{8}_\d{6}\.tar\.zst$/);
  });

  it('as SQL is a script that psql takes, of a whole database and of what changed', async () => {
    for (const [kind, has] of [
      ['full', /^COPY public\.orders .*\n1\t2$/m],
      ['incremental', /^\\set ON_ERROR_STOP on$/m],
    ] as const) {
      await open(`/backups?kind=${kind}`);
      await page
        .getByRole('link', { name: /2\d{3}/ })
        .last()
        .click();
      const downloading = page.waitForEvent('download');
      await page.getByRole('link', { name: 'Download as SQL' }).click();
      const download = await downloading;
      expect(await readFile(await download.path(), 'utf8')).toMatch(has);
      expect(download.suggestedFilename()).toMatch(new RegExp(`_${kind}_\\d{8}_\\d{6}\\.sql$`));
      await open('/audit');
      const rows = page.getByRole('row', { name: new RegExp(`_${kind}_\\d+_\\d+ as SQL`) });
      for (const result of ['begun', 'done'])
        await rows.getByText(result, { exact: true }).waitFor();
    }
  });
});

describe('a hold', () => {
  it('is set with its reason and seen in the list, until it is released', async () => {
    await open('/backups?kind=schema_only');
    await page.getByRole('link', { name: /2\d{3}/ }).click();
    await page.getByRole('button', { name: 'Hold …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Keep this backup' });
    await dialog.getByLabel('Why (others see it)').fill('before the move');
    expect(await seriousFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Keep it' }).click();
    await page.getByText('Kept from clean-up by admin').waitFor();
    await page.getByText('before the move').waitFor();
    await open('/backups?kind=schema_only');
    await page.getByText('on hold', { exact: true }).waitFor();
    await page.getByRole('link', { name: /2\d{3}/ }).click();
    await page.getByRole('button', { name: 'Release' }).click();
    await page.getByText('Kept from clean-up').waitFor({ state: 'detached' });
    await open('/audit');
    const row = page.getByRole('row', { name: /_schema_only_/ });
    await row.getByText('release', { exact: true }).waitFor();
    await row.getByText('hold', { exact: true }).waitFor();
  });
});

describe('schedules', () => {
  const described = async () =>
    (await service.temporal('schedule', 'describe', '-s', `pma-backup/${database()}/full`)).stdout;

  it('paused in the console are paused for the Temporal CLI, too', async () => {
    await open('/schedules');
    await page.getByRole('button', { name: `Pause: pma-backup/${database()}/full` }).click();
    await page.getByText('paused by admin').waitFor();
    expect(await described()).toMatch(/Paused\s+true/);
    await page.getByRole('button', { name: `Resume: pma-backup/${database()}/full` }).click();
    await page.getByText('paused by admin').waitFor({ state: 'detached' });
    expect(await described()).toMatch(/Paused\s+false/);
  });
});

describe('a restore', () => restoresInTheConsole(() => ({ service, served, page })));

describe('a clean-up', () => {
  it('shows what would go and why, then deletes it', async () => {
    const old = fullOf(database(), 40);
    const { CATALOG_DATABASE_URL: url = '' } = service.environment;
    const catalog = await openCatalog(parseConnection(url, {}));
    await storeBackups(service, catalog, [{ id: old }]);
    await catalog.close();
    await open('/cleanup');
    await page.getByRole('button', { name: 'Show what would be deleted' }).click();
    const deletes = page.getByRole('region', { name: 'Would be deleted' });
    await deletes.getByRole('row', { name: old }).getByText('older than 30 days').waitFor();
    await page.getByRole('region', { name: 'Would be kept' }).getByText('newest').first().waitFor();
    await page.getByRole('button', { name: 'Delete 1 copy' }).click();
    const run = page.getByRole('region', { name: 'This run' });
    await run.getByText('done', { exact: true }).waitFor({ timeout: 60_000 });
    await open(`/backups/${old}`);
    await page.getByRole('region', { name: 'Copies' }).getByText('deleted').waitFor();
  });
});

describe('every page', () => {
  const paths = [...visiblePages(permissions).map(({ path }) => path), '/nowhere'];
  const loaded = () => page.getByRole('status').first().waitFor({ state: 'detached' });

  it.each(paths)('%s can be used with a screen reader, light and dark', async (path) => {
    await open(path);
    await loaded();
    expect(await findingsInBothSchemes(page)).toEqual([]);
  });

  it('fits a screen of 400 pixels, where a screen reader can use it, too, and its menu opens by keyboard', async () => {
    await open('/backups?kind=full');
    const detail = page.getByRole('link', { name: /2\d{3}/ }).first();
    const shown = (await detail.getAttribute('href'))!.replace('/backup/', '/');
    await page.setViewportSize({ width: 400, height: 800 });
    await page.emulateMedia({ colorScheme: 'dark' });
    for (const path of [...paths, shown]) {
      await open(path);
      await loaded();
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect(width, path).toBeLessThanOrEqual(400);
      expect(await seriousFindings(page), path).toEqual([]);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.getByRole('button', { name: 'Menu' }).press('Enter');
    await page.getByRole('link', { name: 'Schedules' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('link', { name: 'Schedules' }).press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Schedules' }).waitFor();
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('speaks the language of the browser, and another one when it is told to', async () => {
    const chinese = await newPage(browser, { locale: 'zh-CN' });
    await open('/', chinese);
    await chinese.getByRole('heading', { level: 1, name: '登录' }).waitFor();
    expect(await chinese.locator('html').getAttribute('lang')).toBe('zh-CN');
    await chinese.getByRole('button', { name: '语言' }).click();
    await chinese.getByRole('menuitem', { name: 'English' }).click();
    await chinese.getByRole('heading', { level: 1, name: 'Log in' }).waitFor();
    await chinese.context().close();
  });
});

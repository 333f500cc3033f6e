import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { untilOutput, type TestService } from './service.ts';

export type { Browser, Page } from 'playwright-core';

const flags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** Debian's Chromium with a profile of its own; close it in `afterAll`. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: flags });
}

/** A running service with its console, and what its first administrator needs to log in. */
export interface TestConsole {
  readonly url: string;
  readonly firstPassword: string;
}

/** Starts `up` on this service and waits for its first backup; `close` of the service ends it. */
export async function startConsole(service: TestService): Promise<TestConsole> {
  const text = await untilOutput(service.spawnCli('up'), /to stop/);
  const [, url] = /the console is at (\S+)/.exec(text) ?? [];
  const [, firstPassword] = /with the password (\S+)/.exec(text) ?? [];
  if (url === undefined || firstPassword === undefined) throw new Error(`no console: ${text}`);
  return { url, firstPassword };
}

/** A page as a person has it: without the browser's own animations, in a zone that is not UTC. */
export async function newPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({
    ...{ locale: 'en-US', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce' },
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  return page;
}

/** What axe finds on this page, as far as it is serious; of all that it looks for, or of these rules. */
export async function seriousFindings(page: Page, rules?: string[]): Promise<string[]> {
  const axe = new AxeBuilder({ page }).options({ resultTypes: ['violations'] }); // quicker than with what passes
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

/** The rules that depend on colours. */
const ofColors = ['color-contrast', 'link-in-text-block'];

/** The same in the dark, as far as colours go, and in the light, in which it leaves the page. */
export async function findingsInBothSchemes(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
    found.push(...(await seriousFindings(page, colorScheme === 'dark' ? ofColors : undefined)));
  }
  return found;
}

function chromiumPath(): string {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const directories = (process.env['PATH'] ?? '').split(path.delimiter);
  const files = names.flatMap((name) => directories.map((place) => path.join(place, name)));
  const found = files.find(isExecutable);
  if (found === undefined) throw new Error('no browser: apt-get install chromium');
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

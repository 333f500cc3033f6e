import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { addUser } from '../../src/service/access/users.ts';
import { askerOf, createTestApi, type TestApi } from '../harness/api.ts';
import {
  findingsInBothSchemes,
  newPage,
  seriousFindings,
  startBrowser,
  type Browser,
  type Page,
} from '../harness/browser.ts';
import { startOidcServer, type OidcServer } from '../harness/oidc-server.ts';
import { testSettings } from '../harness/run-command.ts';

let api: TestApi;
let oidc: OidcServer;
let browser: Browser;
let page: Page;
let first: string;

beforeAll(async () => {
  [oidc, browser] = await Promise.all([startOidcServer(), startBrowser()]);
  const { issuer, clientId, clientSecret } = oidc;
  api = await createTestApi({
    oidc: {
      ...testSettings().console.oidc,
      ...{ issuer, clientId, clientSecret: new Secret(clientSecret), admins: 'dba' },
    },
  });
  oidc.serve(`${api.origin}/backup/api/session/oidc/callback`);
  oidc.people['sub-1'] = { preferred_username: 'ada', groups: ['dba'] };
  oidc.who = 'sub-1';
  page = await newPage(browser);
}, 60_000);

afterAll(async () => {
  await browser.close();
  await api.close();
  await oidc.close();
});

async function toldOnce(): Promise<string> {
  return (await page.getByRole('alert').locator('code').textContent()) ?? '';
}

async function logIn(user: string, password: string): Promise<number> {
  return (await api.nobody('POST', '/session', { user, password })).status;
}

describe('the page to log in', () => {
  it('can be used with a screen reader, and leads to the OpenID Connect server and back', async () => {
    await page.goto(`${api.origin}/backup/users`);
    const away = page.getByRole('link', { name: 'Log in with single sign-on' });
    await away.waitFor();
    expect(await findingsInBothSchemes(page)).toEqual([]);
    await page.setViewportSize({ width: 400, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(400);
    expect(await seriousFindings(page)).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 800 });
    await away.click();
    await page.getByRole('navigation').waitFor();
    expect(new URL(page.url()).pathname).toBe('/backup/');
    expect(await api.catalog.users()).toMatchObject([{ name: 'ada', role: 'admin' }]);
  });

  it('says nothing of single sign-on where the settings name no server', async () => {
    const other = await createTestApi();
    const plain = await newPage(browser);
    const told = plain.waitForResponse(/\/session\/ways$/);
    await plain.goto(`${other.origin}/backup/`);
    await (await told).finished();
    await plain.getByRole('button', { name: 'Log in', exact: true }).waitFor();
    expect(await plain.getByRole('link').count()).toBe(0);
    await plain.context().close();
    await other.close();
  });
});

describe('users', () => {
  it('are added with a password that is told once, and logs them in', async () => {
    await page.goto(`${api.origin}/backup/users`);
    await page.getByRole('textbox', { name: 'Name' }).fill('otto');
    await page.getByLabel('Role').selectOption('operator');
    await page.getByRole('button', { name: 'Add the user' }).click();
    await page.getByRole('row', { name: 'otto' }).getByText('operator').waitFor();
    first = await toldOnce();
    expect(await logIn('otto', first)).toBe(204);
    expect(await findingsInBothSchemes(page)).toEqual([]);
    await page.reload();
    await page.getByRole('row', { name: 'otto' }).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('get a new password, after which the old one is nothing', async () => {
    await page.getByRole('button', { name: 'New password: otto' }).click();
    await page.getByRole('alert').waitFor();
    expect(await logIn('otto', await toldOnce())).toBe(204);
    expect(await logIn('otto', first)).toBe(401);
  });

  it('are removed at the second press, and nobody removes himself', async () => {
    await page.getByRole('button', { name: 'Remove: otto' }).click();
    expect(await page.getByRole('row', { name: 'otto' }).count()).toBe(1);
    await page.getByRole('button', { name: 'Really remove: otto' }).click();
    await page.getByRole('row', { name: 'otto' }).waitFor({ state: 'detached' });
    expect(await page.getByRole('button', { name: 'Remove: ada' }).count()).toBe(0);
  });

  it('are told why where one cannot be added', async () => {
    await addUser(api.world, { name: 'vera', role: 'viewer' });
    await page.getByRole('textbox', { name: 'Name' }).fill('vera');
    await page.getByRole('button', { name: 'Add the user' }).click();
    await page.getByText("there is a user 'vera' already").waitFor();
  });
});

describe('tokens', () => {
  it('are made with what they may do, told once, work, and stop when they are revoked', async () => {
    const form = page.getByRole('form', { name: 'Make a token for yourself' });
    await form.getByLabel('What it is for').fill('ci');
    await form.getByRole('checkbox', { name: 'read the audit' }).check();
    await form.getByRole('button', { name: 'Make it' }).click();
    await page.getByText('This is the token').waitFor();
    const secret = (await form.getByRole('alert').locator('code').textContent()) ?? '';
    const ask = askerOf(api.origin, { authorization: `Bearer ${secret}` });
    expect((await ask('GET', '/audit')).status).toBe(200);
    expect((await ask('GET', '/users')).status).toBe(403);
    await page.getByRole('button', { name: 'Revoke: ci' }).click();
    await page.getByRole('button', { name: 'Really remove: ci' }).click();
    await page.getByRole('row', { name: 'ci' }).waitFor({ state: 'detached' });
    expect((await ask('GET', '/audit')).status).toBe(401);
  });
});

it('all of it stands in the audit log', async () => {
  const rows = await api.catalog.auditLog({ user: 'ada', limit: 50 });
  expect(rows.map(({ action, target, result }) => [action, target, result]).reverse()).toEqual([
    ['login', 'ada', 'done'],
    ['user.add', 'otto (operator)', 'done'],
    ['user.reset', 'otto', 'done'],
    ['user.remove', 'otto', 'done'],
    ['user.add', 'vera (viewer)', 'conflict'],
    ['token.add', 'ci', 'done'],
    ['token.remove', expect.any(String), 'done'],
  ]);
});

it('a session that ended meanwhile leads to the page to log in, where one was', async () => {
  await page.goto(`${api.origin}/backup/`);
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  const client = await api.database.connect();
  await client.query('DELETE FROM pma_backup.sessions');
  await client.end();
  await page.getByRole('link', { name: 'Audit' }).click();
  await page.getByRole('heading', { level: 1, name: 'Log in' }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/backup/audit');
});

import pg from 'pg';
import { expect, it } from 'vitest';
import { findingsInBothSchemes, type Page, type TestConsole } from '../harness/browser.ts';
import { databaseUrl, type ServiceWithDatabase } from '../harness/service.ts';

interface Given {
  /** Of a database with 500 customers and 900 orders, and at least two proven fulls of it. */
  readonly service: ServiceWithDatabase;
  readonly served: TestConsole;
  /** Somebody is logged in there who may restore. */
  readonly page: Page;
}

/** What the dialog that restores is held to. */
export function restoresInTheConsole(given: () => Given): void {
  it('into a new database says what will be written where, then writes it', async () => {
    const { page, name } = await open(given());
    await ask(page, 'is made');
    const told = page.getByRole('region', { name: 'What will be written' });
    expect(await told.textContent()).toContain(`database '${name}' is made`);
    expect(await told.textContent()).toContain('2 tables, 1,400 rows');
    await page.getByRole('button', { name: 'Restore', exact: true }).click();
    await untilDone(page);
    const rows = await query(given(), name, 'SELECT count(*)::int FROM customers');
    expect(rows).toEqual([{ count: 500 }]);
  });

  it('that replaces a database wants its name typed', async () => {
    const { page, name } = await open(given());
    await ask(page, 'is replaced');
    const go = page.getByRole('button', { name: 'Restore and replace' });
    expect(await go.isDisabled()).toBe(true);
    await page.getByLabel(`Type ${name} to go on`).fill(name);
    expect(await go.isEnabled()).toBe(true);
  });

  it('of some tables names what is no table, on any screen', async () => {
    const { page } = await open(given());
    await page.getByRole('radio', { name: 'some tables' }).check();
    await page.getByRole('textbox', { name: 'Tables', exact: true }).fill('orders');
    await page.getByText('“orders” is not the name of a table').waitFor();
    await page.setViewportSize({ width: 400, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(400);
    expect(await findingsInBothSchemes(page)).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('of one table as of a time takes the backup of then, and leaves the other table alone', async () => {
    const { page, name } = await open(given());
    const { id, snapshotAt } = await oldestFull(given());
    await query(given(), name, `DELETE FROM orders; UPDATE customers SET name = 'new'`);
    await page.getByLabel('Point in time').fill(inShanghai(Date.parse(snapshotAt) + 1000));
    await page.getByRole('radio', { name: 'some tables' }).check();
    await page.getByRole('textbox', { name: 'Tables', exact: true }).fill('public.ord*');
    await page.getByLabel('Tables restored at the same time').fill('2');
    await ask(page, 'missing ones are made');
    await page.getByText(`'${name}' has 'public.orders' already`).waitFor();
    await page.getByRole('button', { name: 'Back' }).click();
    await ask(page, 'their rows are replaced');
    const told = page.getByRole('region', { name: 'What will be written' });
    await told.getByText(`the rows of 'public.orders' are replaced in '${name}'`).waitFor();
    expect(await told.textContent()).toContain(id);
    await page.getByLabel(`Type ${name} to go on`).fill(name);
    await page.getByRole('button', { name: 'Restore and replace' }).click();
    await untilDone(page);
    const sql = 'SELECT (SELECT count(*)::int FROM orders) orders, min(name) FROM customers';
    expect(await query(given(), name, sql)).toEqual([{ orders: 900, min: 'new' }]);
  });

  it('that cannot start says why, and does not', async () => {
    const { page } = await open(given());
    const { name } = given().service.database;
    await page.getByRole('textbox', { name: 'Target', exact: true }).fill(targetOf(given(), name));
    await ask(page, 'is there and empty');
    await page.getByText(`database '${name}' is not empty`).waitFor();
    const go = page.getByRole('button', { name: 'Restore', exact: true });
    expect(await go.isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Language' }).click();
    await page.getByRole('menuitem', { name: '简体中文' }).click();
    await page.getByText(`数据库 '${name}' 不是空的`).waitFor();
    await page.getByText('或选择替换（--clean）').waitFor();
    await page.getByRole('button', { name: '语言' }).click();
    await page.getByRole('menuitem', { name: 'English' }).click();
  });
}

/** Drops the database that these tests restore into. */
export async function dropRestored(service: ServiceWithDatabase): Promise<void> {
  await query({ service }, 'postgres', `DROP DATABASE IF EXISTS ${restoredAs(service)}`);
}

/** The dialog with the database of these tests as its target. */
async function open({ page, served, service }: Given): Promise<{ page: Page; name: string }> {
  const name = restoredAs(service);
  await page.goto(`${served.url}/restore`);
  const target = page.getByRole('textbox', { name: 'Target', exact: true });
  await target.fill(targetOf({ service }, name));
  return { page, name };
}

async function ask(page: Page, way: string): Promise<void> {
  await page.getByRole('radio', { name: way }).check();
  await page.getByRole('button', { name: 'Show what would be written' }).click();
  await page.getByRole('region', { name: 'What will be written' }).waitFor();
}

async function untilDone(page: Page): Promise<void> {
  const run = page.getByRole('region', { name: 'This run' });
  await run.getByText('done', { exact: true }).waitFor({ timeout: 60_000 });
}

function restoredAs({ database }: ServiceWithDatabase): string {
  return `${database.name}_again`;
}

function targetOf({ service }: Pick<Given, 'service'>, database: string): string {
  return databaseUrl({ ...service.database.connection, database, password: null });
}

async function oldestFull({ page, served }: Given): Promise<{ id: string; snapshotAt: string }> {
  const read = async (path: string): Promise<unknown> =>
    (await page.request.get(`${served.url}/api/backups${path}`)).json();
  const { items } = (await read('?kind=full')) as {
    items: { id: string; module: string | null }[];
  };
  const whole = items.filter(({ module }) => module === null);
  expect(whole.length).toBeGreaterThan(1);
  return (await read(`/${whole.at(-1)!.id}`)) as { id: string; snapshotAt: string };
}

/** As the browser's field has it, which leaves out seconds that are none. */
function inShanghai(time: number): string {
  const local = new Date(time + 8 * 3_600_000).toISOString().slice(0, 19);
  return local.replace(/:00$/, '');
}

async function query({ service }: Pick<Given, 'service'>, database: string, sql: string) {
  const { host, port, user } = service.database.connection;
  const client = new pg.Client({ host, port, user, database });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

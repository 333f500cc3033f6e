import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCatalog, type Catalog } from '../../../src/catalog/catalog.ts';
import type { TemporalLink } from '../../../src/service/temporal-link.ts';
import type { World } from '../../../src/service/world.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';
import { runCommand, testSettings } from '../../harness/run-command.ts';

let database: TestDatabase;
let catalog: Catalog;
let world: Partial<World>;
let ids: string[];

beforeAll(async () => {
  database = await createTestDatabase('backups');
  catalog = await openCatalog(database.connection);
  world = { catalog, settings: testSettings() };
  ids = [
    await start('shop', '2026-03-01T16:00:00Z'),
    await start('shop', '2026-03-02T16:00:00Z'),
    await start('old-crm', '2026-03-02T18:00:00Z'),
  ];
  await catalog.finishBackup(ids[0]!, { state: 'failed', reason: 'disk full' });
  await catalog.raiseAlarm({
    ...{ key: 'backup:shop:full', database: 'shop' },
    ...{ message: 'backup of shop failed', hint: 'pma-backup show' },
  });
});

afterAll(async () => {
  await catalog.close();
  await database.drop();
});

function start(name: string, time: string): Promise<string> {
  return catalog.startBackup({
    name: { database: name, kind: 'full', module: null, time: new Date(time) },
    triggeredAt: new Date(time),
    queue: 'pma-backup@here',
    workflowId: `backup/${name}/full-${time}`,
    runId: time,
  });
}

test('list prints all backups, newest first', async () => {
  const { status, json } = await runCommand('list --json', { world });
  expect(status).toBe(0);
  expect(json()).toMatchObject([...ids].reverse().map((id) => ({ id })));
});

test('list is narrowed by database, state and number', async () => {
  const byState = await runCommand('list --database shop --state failed --json', { world });
  expect(byState.json()).toMatchObject([{ id: ids[0], reason: 'disk full' }]);
  expect((await runCommand('list --limit 1 --json', { world })).json()).toHaveLength(1);
  expect((await runCommand('list --limit none', { world })).status).toBe(2);
});

test('list shows the time in the zone of the settings', async () => {
  const { stdout } = await runCommand('list', { world });
  expect(stdout).toContain('TIME (Asia/Shanghai)');
  expect(stdout).toMatch(/shop_full_20260301_160000\s+2026-03-02 00:00:00\s+failed.*disk full/);
});

test('list of a database that nobody knows ends with 4 and names those that there are', async () => {
  const { status, stderr } = await runCommand('list --database nope', { world });
  expect(status).toBe(4);
  expect(stderr).toContain('shop');
});

test('show prints one backup', async () => {
  const { status, json } = await runCommand(`show ${ids[0]!} --json`, { world });
  expect(status).toBe(0);
  expect(json()).toMatchObject({ id: ids[0], state: 'failed', copies: [], proof: null });
});

test('show of an unknown backup ends with 4, as does latest when there is none', async () => {
  const unknown = await runCommand('show shop_full_20200101_000000 --json', { world });
  expect(unknown.status).toBe(4);
  expect(unknown.json()).toMatchObject({ error: { code: 'not_found' } });
  expect((await runCommand('show latest', { world })).status).toBe(4);
});

test('status counts the backups of configured and of former databases, and tells alarms', async () => {
  const { status, json } = await runCommand('status --json', { world });
  expect(status).toBe(0);
  expect(json()).toMatchObject({
    temporal: { address: '127.0.0.1:7233', namespace: 'default', ui: 'http://127.0.0.1:8233' },
    console: null,
    databases: [
      {
        name: 'shop',
        counts: { running: 1, proven: 0, unproven: 0, failed: 1, cancelled: 0, skipped: 0 },
        bytes: 0,
        newestProven: null,
        running: [ids[1]],
      },
      { name: 'old-crm', running: [ids[2]] },
    ],
    alarms: [{ key: 'backup:shop:full', message: 'backup of shop failed' }],
  });
});

test('status says what is wrong to people, too', async () => {
  const { stdout } = await runCommand('status', { world });
  expect(stdout).toContain('ALARM: backup of shop failed');
  expect(stdout).toMatch(/shop\s+1 running, 1 failed/);
});

test('status shows a configured database that has no backup yet', async () => {
  const settings = {
    ...testSettings(),
    databases: [{ ...testSettings().databases[0]!, name: 'new' }],
  };
  const { json } = await runCommand('status --json', {
    world: { ...world, settings, temporal: noTemporal() },
  });
  expect(json()).toMatchObject({
    temporal: { address: null },
    databases: [{ name: 'new', newestProven: null, running: [] }, {}, {}],
  });
});

function noTemporal(): TemporalLink {
  return { address: null, namespace: 'default', ui: null } as TemporalLink;
}

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Manifest } from '../../../src/domain/manifest.ts';
import type { Proof } from '../../../src/domain/proof.ts';
import { scheduleIdPrefix } from '../../../src/domain/schedule.ts';
import { readMetrics } from '../../../src/service/metrics.ts';
import { metrics } from '../../../src/service/metrics/definitions.ts';
import type { World } from '../../../src/service/world.ts';
import { createTestApi, type TestApi } from '../../harness/api.ts';
import { testCluster } from '../../harness/postgres.ts';
import { startTcpProxy } from '../../harness/tcp-proxy.ts';
import { openCatalog } from '../../../src/catalog/catalog.ts';

let api: TestApi;

beforeAll(async () => {
  api = await createTestApi();
  await storeOne('full', null, '2026-03-01T10:00:00Z', 'proven');
  await storeOne('full', null, '2026-03-02T10:00:00Z', 'failed');
  await storeOne('full', 'orders', '2026-03-02T11:00:00Z', 'unproven');
  await start('incremental', null, '2026-03-02T12:00:00Z');
  await api.catalog.raiseAlarm({ key: 'stale:shop', database: 'shop', message: 'm', hint: null });
  await api.catalog.raiseAlarm({ key: 'disk:h:/a', database: null, message: 'm', hint: null });
  await api.catalog.raiseAlarm({ key: 'disk:h:/b', database: null, message: 'm', hint: null });
});

afterAll(() => api.close());

function start(kind: 'full' | 'incremental', module: string | null, time: string): Promise<string> {
  return api.catalog.startBackup({
    name: { database: 'shop', kind, module, time: new Date(time) },
    ...{ triggeredAt: new Date(time), queue: 'pma-backup@here', runId: time + kind },
    workflowId: `backup/shop/${kind}-${time}`,
  });
}

async function storeOne(
  kind: 'full',
  module: string | null,
  time: string,
  state: 'proven' | 'unproven' | 'failed',
): Promise<void> {
  const id = await start(kind, module, time);
  if (state === 'failed') return api.catalog.finishBackup(id, { state, reason: 'disk full' });
  const artifact = { file: `${id}.tar.zst`, bytes: 4_000, sha256: 'ab' };
  const manifest = {
    ...{ formatVersion: 1, id, database: 'shop', kind, module, base: null, dumpBytes: 9_000 },
    ...{ triggeredAt: time, snapshotAt: time, artifact, source: { tables: [{ rows: 500 }] } },
  } as unknown as Manifest;
  const timings = { dumped: 2, sealed: 3, offsite: null, proven: 5, total: 6 };
  await api.catalog.finishBackup(id, { state, reason: null, manifest, timings });
  const copy = { backup: id, uri: 'u', key: id, bytes: 4_000, sha256: 'ab' };
  await api.catalog.recordCopy({ ...copy, destination: 'local', host: 'a', state: 'good' });
  await api.catalog.recordCopy({ ...copy, destination: 's3', host: null, state: 'locked' });
  if (state === 'proven') {
    const proof = { backup: id, state, startedAt: time, reason: null, seconds: 1, mismatches: 0 };
    await api.catalog.recordProof({ ...proof, tables: [] } as unknown as Proof);
  }
}

const seconds = (time: string) => String(Date.parse(time) / 1000);

/** `name{label="value"}` → value */
function parse(text: string): Map<string, string> {
  const lines = text.split('\n').filter((line) => line.startsWith('pma_backup_'));
  return new Map(lines.map((line) => [line.replace(/ \S+$/, ''), line.replace(/^.* /, '')]));
}

async function scrape(): Promise<Map<string, string>> {
  const answer = await api.nobody('GET', '//metrics');
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
  return parse(await answer.text());
}

test('Prometheus gets the facts of every series, destination and alarm', async () => {
  const found = Object.fromEntries(await scrape());
  const whole = 'database="shop",kind="full",module=""';
  const orders = 'database="shop",kind="full",module="orders"';
  const incremental = 'database="shop",kind="incremental",module=""';
  const first = seconds('2026-03-01T10:00:00Z');
  expect(found).toMatchObject({
    'pma_backup_newest_proven_timestamp_seconds{database="shop"}': first,
    'pma_backup_newest_offsite_timestamp_seconds{database="shop"}': first,
    [`pma_backup_backups{${whole},state="proven"}`]: '1',
    [`pma_backup_backups{${whole},state="failed"}`]: '1',
    [`pma_backup_backups{${whole},state="running"}`]: '0',
    [`pma_backup_backups{${orders},state="unproven"}`]: '1',
    [`pma_backup_running_timestamp_seconds{${incremental}}`]: seconds('2026-03-02T12:00:00Z'),
    [`pma_backup_series_proven_timestamp_seconds{${whole}}`]: first,
    [`pma_backup_series_proof_timestamp_seconds{${whole}}`]: first,
    [`pma_backup_last_state{${whole},state="failed"}`]: '1',
    [`pma_backup_last_state{${whole},state="proven"}`]: '0',
    [`pma_backup_artifact_bytes{${whole}}`]: '4000',
    [`pma_backup_dump_bytes{${orders}}`]: '9000',
    [`pma_backup_rows{${whole}}`]: '500',
    [`pma_backup_step_seconds{${whole},step="proven"}`]: '5',
    'pma_backup_copies{database="shop",destination="s3",state="locked"}': '2',
    'pma_backup_stored_bytes{database="shop",destination="local"}': '8000',
    'pma_backup_alarms{type="stale",severity="critical",database="shop"}': '1',
    'pma_backup_alarms{type="disk",severity="warning",database=""}': '2',
    'pma_backup_objective_seconds{database="shop",objective="proven"}': String(26 * 3600),
    'pma_backup_part_up{part="catalog"}': '1',
    'pma_backup_part_up{part="temporal"}': '1',
  });
  expect(found).not.toHaveProperty([`pma_backup_series_proven_timestamp_seconds{${orders}}`]);
  expect(found).not.toHaveProperty([`pma_backup_step_seconds{${whole},step="offsite"}`]);
  const offsite = 'pma_backup_objective_seconds{database="shop",objective="offsite"}';
  expect(found).not.toHaveProperty([offsite]); // there is no cloud
  expect(Number(found['pma_backup_directory_free_bytes{directory="state"}'])).toBeGreaterThan(0);
});

const atLeastOne = expect.stringMatching(/^[1-9]/) as string;

test('the queue is told: who works, what waits, and when the schedules run', async () => {
  const { client } = api.world.temporal;
  const scheduleId = `${scheduleIdPrefix}metrics/full`;
  const schedule = await client.schedule.create({
    ...{ scheduleId, spec: { intervals: [{ every: '1d' }] } },
    action: { type: 'startWorkflow', workflowType: 'backup', taskQueue: 'pma-backup' },
  });
  await schedule.pause();
  const run = await client.workflow.start('backup', {
    ...{ taskQueue: 'pma-backup', workflowId: 'backup/metrics', args: [{}] },
  });
  const label = '{schedule="metrics/full"}';
  await expect
    .poll(async () => Object.fromEntries(await scrape()), { timeout: 20_000 })
    .toMatchObject({
      pma_backup_open_runs: atLeastOne, // others use the same namespace
      'pma_backup_queue_backlog{task="workflow"}': atLeastOne,
      [`pma_backup_schedule_paused${label}`]: '1',
      [`pma_backup_schedule_next_timestamp_seconds${label}`]: atLeastOne,
    });
  await run.terminate();
  await schedule.delete();
});

test('a catalog that gives no answer is a number, and the others are there all the same', async () => {
  const { port, host } = testCluster();
  const proxy = await startTcpProxy({ path: `${host}/.s.PGSQL.${port}` });
  const catalog = await openCatalog({
    ...api.database.connection,
    host: '127.0.0.1',
    port: proxy.port,
  });
  proxy.set('hang');
  const world = { ...api.world, catalog } as World;
  const found = parse(await readMetrics(world, 1000));
  expect(found.get('pma_backup_part_up{part="catalog"}')).toBe('0');
  expect(found.get('pma_backup_part_up{part="temporal"}')).toBe('1');
  expect(found.has('pma_backup_workers')).toBe(true);
  expect([...found.keys()].join()).not.toContain('pma_backup_backups{');
  proxy.set('cut');
  await catalog.close();
  await proxy.stop();
});

test('no label has a value of its own for each backup', async () => {
  const before = (await scrape()).size;
  for (let hour = 10; hour < 20; hour++) {
    await storeOne('full', null, `2026-02-01T${hour}:00:00Z`, 'proven');
  }
  expect((await scrape()).size).toBe(before);
  expect(Object.values(metrics).flatMap(({ labels }) => labels)).not.toContain('id');
});

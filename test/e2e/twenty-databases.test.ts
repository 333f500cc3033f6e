import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { stringify } from 'yaml';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadSettings } from '../../src/config.ts';
import type { BackupSummary } from '../../src/domain/backup.ts';
import type { ScratchServer } from '../../src/postgres/scratch.ts';
import { listSchedules, makeSchedules } from '../../src/service/schedules.ts';
import type { World } from '../../src/service/world.ts';
import { createTestDatabase, type TestDatabase } from '../harness/postgres.ts';
import { startTestScratch } from '../harness/scratch.ts';
import { createTestService, databaseUrl, until, type TestService } from '../harness/service.ts';

const names = Array.from({ length: 20 }, (_, index) => `db-${String(index).padStart(2, '0')}`);
const limits = { runsPerWorker: 3, dumpsPerServer: 2 };
let databases: TestDatabase[];
let scratch: ScratchServer;
let service: TestService;
let world: Pick<World, 'settings' | 'temporal'>;

beforeAll(async () => {
  databases = await Promise.all(names.slice(1).map(() => createTestDatabase('twenty')));
  // One for all: a throw-away server for each test restore is not what is looked at here.
  scratch = await startTestScratch();
  service = await createTestService({
    PMA_CONFIG: '/nonexistent',
    VERIFY_DATABASE_URL: databaseUrl(scratch.connection),
  });
  const file = path.join(service.stateDirectory, 'pma-backup.yaml');
  service.environment['PMA_CONFIG'] = file;
  const url = (index: number) => {
    const known = databases[index];
    // One of them is not there: its failure must touch no other.
    return known
      ? databaseUrl(known.connection)
      : databaseUrl({ ...databases[0]!.connection, database: 'nosuch' });
  };
  const schedule = '30 2 1 1 *'; // never while we test
  const listed = names.map((name, index) => ({ name, url: url(index) }));
  await writeFile(file, stringify({ schedule, timeZone: 'UTC', limits, databases: listed }));
  const settings = loadSettings({ environment: service.environment });
  world = { settings, temporal: { client: service.client } as World['temporal'] };
  await makeSchedules(world);
  await service.startWorker();
}, 300_000);

afterAll(async () => {
  await service.close();
  await scratch.stop();
  await Promise.all(databases.map((database) => database.drop()));
});

it('twenty databases due at once: limits kept, all done, order fair, and one failure touches no other', async () => {
  const { client } = service;
  for (const name of names) await client.schedule.getHandle(`pma-backup/${name}/full`).trigger();
  const closed = `WorkflowType = "backup" AND ExecutionStatus != "Running"`;
  const { length } = names;
  await until('all ended', async () => (await client.workflow.count(closed)).count === length, 280);
  const last = (await listSchedules(world)).filter(({ name }) => name === 'full');
  expect(last.filter((each) => each.last?.state === 'failed').map((each) => each.database)).toEqual(
    [names.at(-1)],
  );
  const backups = (await service.cli('list', '--json')).json() as BackupSummary[];
  expect(backups.filter(({ state }) => state === 'proven')).toHaveLength(19);
  const runs = await Promise.all(last.map((each) => spansOf(client, each.last!.workflowId)));
  const most = (spans: Span[]) =>
    Math.max(...spans.map(({ from }) => spans.filter((o) => o.from <= from && from < o.to).length));
  expect(most(runs.map(({ dump }) => dump))).toBe(limits.dumpsPerServer);
  expect(most(runs.map(({ run }) => run))).toBeLessThanOrEqual(limits.runsPerWorker);
  // Who is called takes a moment to begin: as many as there are places begin beside each other.
  for (const run of runs) {
    const behind = runs.filter(
      ({ due, entered }) => due > run.due && entered.from > run.entered.to,
    );
    const overtaking = behind.filter(({ dump }) => dump.from < run.dump.from);
    expect(overtaking.length).toBeLessThanOrEqual(limits.runsPerWorker);
  }
}, 300_000);

interface Span {
  readonly from: number;
  readonly to: number;
}

/** When a run was due, entered the line, dumped, and held its place, by Temporal's own clock. */
async function spansOf(client: Client, workflowId: string) {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const at = (type: string, name?: string) => {
    const scheduled = events?.find(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === name,
    )?.eventId;
    const event = events?.find(
      (each) =>
        (type === 'started' && each.workflowExecutionStartedEventAttributes) ||
        (type === 'begun' &&
          String(each.activityTaskStartedEventAttributes?.scheduledEventId) ===
            String(scheduled)) ||
        (type === 'ended' &&
          String(
            (each.activityTaskCompletedEventAttributes ?? each.activityTaskFailedEventAttributes)
              ?.scheduledEventId,
          ) === String(scheduled)),
    );
    const time = event?.eventTime;
    return Number(time?.seconds) * 1000 + (time?.nanos ?? 0) / 1e6;
  };
  const dump = { from: at('begun', 'dump'), to: at('ended', 'dump') };
  return {
    due: at('started'),
    entered: { from: at('begun', 'takeTurn'), to: at('ended', 'takeTurn') },
    dump,
    run: { from: dump.from, to: at('begun', 'finishRun') },
  };
}

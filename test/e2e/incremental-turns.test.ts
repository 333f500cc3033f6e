import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupSummary } from '../../src/domain/backup.ts';
import type { Progress } from '../../src/domain/progress.ts';
import { resultSummaries, type BackupResult } from '../../src/domain/run.ts';
import { incrementalCatchUpHours } from '../../src/domain/schedule.ts';
import { loadSettings } from '../../src/config.ts';
import type { ScratchServer } from '../../src/postgres/scratch.ts';
import { makeSchedules } from '../../src/service/schedules.ts';
import type { World } from '../../src/service/world.ts';
import { startTestScratch } from '../harness/scratch.ts';
import {
  createTestServiceFor,
  databaseUrl,
  ended,
  until,
  untilRunIn,
  type ServiceWithDatabase,
} from '../harness/service.ts';

let scratch: ScratchServer;
let service: ServiceWithDatabase;
let worker: ChildProcess;
let database: string;

beforeAll(async () => {
  scratch = await startTestScratch(); // one for all: a throw-away server for each proof takes its time
  service = await createTestServiceFor(
    'turns',
    `CREATE TABLE things (id int PRIMARY KEY); INSERT INTO things SELECT generate_series(1, 100)`,
    {
      BACKUP_SCHEDULE: '30 2 1 1 *', // never while we test
      TZ: 'UTC',
      VERIFY_DATABASE_URL: databaseUrl(scratch.connection),
    },
  );
  database = service.database.name.replaceAll('_', '-');
  const settings = loadSettings({ environment: service.environment });
  await makeSchedules({ settings, temporal: { client: service.client } as World['temporal'] });
  worker = await service.startWorker();
}, 180_000);

afterAll(async () => {
  await service.close();
  await scratch.stop();
});

const schedule = () => service.client.schedule.getHandle(`pma-backup/${database}/incremental`);

async function trigger(): Promise<void> {
  const done = await service.cli('schedules', 'trigger', `${database}/incremental`);
  expect(done.status, done.stderr).toBe(0);
}

/** The schedule's newest run, once it has begun so many. */
const runOf = (count: number) =>
  until(`${count} incrementals were started`, async () => {
    const { info } = await schedule().describe();
    const last = info.recentActions.at(-1)?.action.workflow;
    return (
      info.numActionsTaken === count && last && service.client.workflow.getHandle(last.workflowId)
    );
  });

async function resultOf(run: Awaited<ReturnType<typeof runOf>>): Promise<BackupSummary> {
  return resultSummaries((await run.result()) as BackupResult)[0]!;
}

let full: BackupSummary;

test.each([
  ['full', 1],
  ['schema_only', 2],
])(
  'an incremental that is due while a backup of kind %s runs waits for it, alone, and then follows',
  async (kind, count) => {
    const application = await service.database.connect();
    await application.query('BEGIN; LOCK TABLE things IN ACCESS EXCLUSIVE MODE');
    const other = service.cli('backup', '--kind', kind, '--json');
    await untilRunIn(service.client, 'dump');
    await trigger();
    const run = await runOf(count);
    await until('it waits', async () => {
      const { step } = await run.query<Progress>('progress');
      return step === `another backup of '${database}' is running`;
    });
    await trigger(); // the next one is due: it is left out
    await application.query('INSERT INTO things SELECT max(id) + 1 FROM things; COMMIT');
    await application.end();
    const done = (await other).json() as BackupSummary;
    expect(done).toMatchObject({ kind, state: 'proven' });
    if (kind === 'full') full = done;
    const incremental = await resultOf(run);
    expect(incremental).toMatchObject({ kind: 'incremental', state: 'proven', base: full.id });
    expect((await schedule().describe()).info.numActionsTaken).toBe(count);
  },
  120_000,
);

test('an incremental that could not begin within its catch-up is skipped, and raises no alarm', async () => {
  worker.kill('SIGTERM');
  await ended(worker);
  await service.startWorker(hoursLater(incrementalCatchUpHours));
  await trigger();
  const skipped = await resultOf(await runOf(3));
  expect(skipped).toMatchObject({
    ...{ kind: 'incremental', state: 'skipped', artifact: null, copies: [] },
    reason: 'skipped: it could not begin within 3 hours',
  });
  const { alarms } = (await service.cli('status', '--json')).json() as {
    alarms: { key: string }[];
  };
  expect(alarms.filter(({ key }) => key.includes('backup'))).toEqual([]);
}, 60_000);

/** Starts Node with a clock that is ahead: Temporal's is not, so a run that begins has waited for so long. */
function hoursLater(hours: number): string[] {
  const code = `
    const Real = Date;
    const ahead = ${hours * 3_600_000};
    globalThis.Date = class extends Real {
      constructor(...given) { given.length === 0 ? super(Real.now() + ahead) : super(...given); }
      static now() { return Real.now() + ahead; }
    };`;
  return ['env', `NODE_OPTIONS=--import=data:text/javascript,${encodeURIComponent(code)}`];
}

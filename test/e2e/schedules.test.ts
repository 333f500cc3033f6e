import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ScheduleDescription } from '@temporalio/client';
import { stringify } from 'yaml';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadSettings, type Settings } from '../../src/config.ts';
import {
  listSchedules,
  makeSchedules,
  pauseSchedule,
  resumeSchedule,
  type ScheduleStatus,
} from '../../src/service/schedules.ts';
import type { World } from '../../src/service/world.ts';
import { createTestDatabase, type TestDatabase } from '../harness/postgres.ts';
import { createTestService, databaseUrl, until, type TestService } from '../harness/service.ts';

let database: TestDatabase;
let service: TestService;
let file: string;

beforeAll(async () => {
  database = await createTestDatabase('scheduled');
  service = await createTestService({ PMA_CONFIG: '/nonexistent' });
  file = path.join(service.stateDirectory, 'pma-backup.yaml');
  service.environment['PMA_CONFIG'] = file;
  await configure({});
  await makeSchedules(world());
}, 180_000);

afterAll(async () => {
  await service.close();
  await database.drop();
});

const full = 'pma-backup/shop/full';
const upkeep = ['integrityCheck', 'restoreTest', 'cleanup', 'incremental'];
const ids = [
  ...[full, ...upkeep.map((name) => `pma-backup/shop/${name}`)],
  ...['pma-backup/watchdog', 'pma-backup/catalogBackup'],
];

/** Writes the settings of 'shop'; `others` are names of further databases. */
async function configure(shop: object, general: object = {}): Promise<void> {
  const url = databaseUrl(database.connection);
  const schedule = '30 2 1 1 *'; // never while we test
  await writeFile(
    file,
    stringify({
      schedule,
      timeZone: 'UTC',
      ...general,
      databases: [{ name: 'shop', url, ...shop }],
    }),
  );
}

function world(): Pick<World, 'settings' | 'temporal'> {
  const settings: Settings = loadSettings({ environment: service.environment });
  return { settings, temporal: { client: service.client } as World['temporal'] };
}

const describeOne = (id: string): Promise<ScheduleDescription> =>
  service.client.schedule.getHandle(id).describe();

// Temporal answers before its scheduler has heard of it: who reads the state at once may see the one before.
const expectState = (id: string, state: { paused: boolean; note?: string }): Promise<void> =>
  vi.waitFor(async () => expect((await describeOne(id)).state).toMatchObject(state), 10_000);

async function unpause(id: string): Promise<void> {
  await resumeSchedule(world(), id);
  await expectState(id, { paused: false });
}

async function changes(): Promise<Record<string, string>> {
  const made = await makeSchedules(world());
  return Object.fromEntries(made.map(({ id, change }) => [id, change]));
}

describe('schedules at the start of a service', () => {
  beforeEach(() => configure({}));

  it('are left alone by ten restarts', async () => {
    const before = await Promise.all(ids.map(describeOne));
    for (let restart = 0; restart < 10; restart++) {
      expect(await changes()).toEqual(Object.fromEntries(ids.map((id) => [id, 'unchanged'])));
    }
    const after = await Promise.all(ids.map(describeOne));
    expect(after.map(({ info, state }) => [info.lastUpdatedAt, state])).toEqual(
      before.map(({ info, state }) => [info.lastUpdatedAt, state]),
    );
  });

  it(`follow a changed setting alone, and keep an operator's pause`, async () => {
    await service.client.schedule.getHandle(full).pause('moving house');
    await configure({ schedule: '03:15' });
    expect(await changes()).toMatchObject({
      [full]: 'updated',
      'pma-backup/shop/integrityCheck': 'unchanged',
      'pma-backup/shop/restoreTest': 'unchanged',
    });
    const { spec, state } = await describeOne(full);
    expect(spec.calendars?.[0]).toMatchObject({ hour: [{ start: 3 }], minute: [{ start: 15 }] });
    expect(state).toMatchObject({ paused: true, note: 'moving house' });
    await unpause(full);
  });

  it('are paused by BACKUP_ENABLED=false, and only that pause is taken back', async () => {
    await service.client.schedule.getHandle(ids[2]!).pause('moving house');
    await configure({ enabled: false });
    await changes();
    await expectState(full, {
      paused: true,
      note: 'paused by pma-backup: BACKUP_ENABLED is false',
    });
    await configure({});
    await changes();
    await expectState(full, { paused: false });
    await expectState(ids[2]!, { paused: true, note: 'moving house' });
    await unpause(ids[2]!);
  });

  it('of a database that left the settings are paused and told, and go on when it is back', async () => {
    await until('all are listed', async () => (await listSchedules(world())).length === 7);
    await configure({ name: 'crm' }, { schedules: { restoreTest: 'off' } });
    expect(await changes()).toMatchObject({ [full]: 'retired', 'pma-backup/crm/full': 'created' });
    const listed = await until('all are listed', async () => {
      const found = await listSchedules(world());
      return found.length === 11 && found;
    });
    expect(listed).toContainEqual(
      expect.objectContaining({
        ...{ id: full, when: null, next: null, paused: true },
        note: 'paused by pma-backup: the settings do not ask for it any more',
      }),
    );
    await configure({});
    expect(await changes()).toMatchObject({
      [full]: 'unchanged',
      'pma-backup/crm/full': 'retired',
    });
    await expectState(full, { paused: false });
  });
});

it('are paused without a reason, too, and with another one: the list tells so at once', async () => {
  const told = async () => (await listSchedules(world())).find(({ id }) => id === full);
  for (const [reason, note] of [
    ['', 'paused by hand'],
    ['moving house', 'moving house'],
    ['moved', 'moved'],
  ] as const) {
    await pauseSchedule(world(), full, reason);
    expect(await told()).toMatchObject({ paused: true, note });
  }
  await resumeSchedule(world(), full);
  expect(await told()).toMatchObject({ paused: false, note: null });
});

describe('the command line', () => {
  it('lists, pauses and resumes schedules', async () => {
    const list = async () => (await service.cli('schedules', '--json')).json() as ScheduleStatus[];
    expect((await list()).find(({ id }) => id === full)).toMatchObject({
      ...{ database: 'shop', name: 'full', when: '30 2 1 1 *', timeZone: 'UTC', paused: false },
      next: expect.stringMatching(/^\d{4}-01-01T02:3/) as string,
    });
    const paused = await service.cli('schedules', 'pause', 'shop/full', '--reason', 'moving house');
    expect(paused.status, paused.stderr).toBe(0);
    const text = await service.cli('schedules');
    expect(text.stdout).toMatch(/shop\/full .* paused: moving house/);
    expect((await service.cli('schedules', 'resume', full)).status).toBe(0);
    await expectState(full, { paused: false });
    const unknown = await service.cli('schedules', 'trigger', 'shop/ful');
    expect(unknown.status).toBe(4);
    expect(unknown.stderr).toContain(`did you mean '${full}'?`);
  });
});

describe(`Temporal's own command line`, () => {
  it('lists, describes, pauses, triggers and backfills schedules as README says', async () => {
    await configure({ schedule: '02:30' });
    await changes();
    const schedule = async (verb: string, ...args: string[]) => {
      const done = await service.temporal('schedule', verb, ...args);
      expect(done.status, done.stderr).toBe(0);
      return done.stdout;
    };
    const one = ['--schedule-id', full];
    expect(await schedule('list')).toContain(full);
    expect(await schedule('describe', ...one)).toContain('backup/shop/full');
    await schedule('toggle', ...one, '--pause', '--reason', 'moving house');
    expect((await describeOne(full)).state).toMatchObject({ paused: true, note: 'moving house' });
    await schedule('toggle', ...one, '--unpause');
    await schedule('trigger', ...one);
    await schedule('trigger', ...one);
    await endRuns(1); // the second one found the first under way
    const span = ['--start-time', '2026-03-01T00:00:00Z', '--end-time', '2026-03-03T00:00:00Z'];
    await schedule('backfill', ...one, '--overlap-policy', 'BufferAll', ...span);
    await endRuns(3);
  });
});

describe('the list of schedules', () => {
  it('is told by Temporal at once, whatever queries to their workflows do', async () => {
    const describing = vi.spyOn(service.client.schedule, 'getHandle');
    const found = await listSchedules(world());
    expect(found.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    expect(describing).not.toHaveBeenCalled();
    describing.mockRestore();
  });

  it('names the run that is under way, and how the last one ended', async () => {
    const last = async () => (await listSchedules(world())).find(({ id }) => id === full);
    await service.cli('schedules', 'trigger', 'shop/full');
    const running = await until('it runs', async () => {
      const status = await last();
      return status?.running.length === 1 && status;
    });
    const [workflowId = ''] = running.running;
    expect(running.last).toMatchObject({ workflowId, state: 'running' });
    await service.client.workflow.getHandle(workflowId).terminate();
    expect(await last()).toMatchObject({ running: [], last: { workflowId, state: 'cancelled' } });
  });
});

/** Ends each run of the schedule (no worker is there to make it) until it has started so many in all. */
async function endRuns(total: number): Promise<void> {
  await until(`${total} runs were started`, async () => {
    const { info } = await describeOne(full);
    for (const { workflow } of info.runningActions) {
      const handle = service.client.workflow.getHandle(workflow.workflowId);
      await handle.terminate().catch(() => undefined); // it may be closed by now
    }
    return info.numActionsTaken === total && info.runningActions.length === 0;
  });
}

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { schedulesFor, type ScheduleDefinition } from '../../../src/domain/schedule.ts';
import { removeTree } from '../../../src/system/files.ts';
import { connectClient } from '../../../src/temporal/connection.ts';
import { startTemporalServer } from '../../../src/temporal/embedded.ts';
import { ensureSchedule } from '../../../src/temporal/schedules.ts';
import { testTemporalCli } from '../../harness/temporal.ts';
import { until } from '../../harness/service.ts';

test('a service that was down at the time of the full backup makes it up when it is back', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'pma-made-up-'));
  const options = {
    cli: await testTemporalCli(),
    databaseFile: path.join(directory, 'temporal.db'),
    logFile: path.join(directory, 'temporal.log'),
  };
  try {
    let server = await startTemporalServer(options);
    const due = Math.ceil(Date.now() / 1000) + 7; // s: enough to stop it before
    await withClient(server, async (client) => {
      await ensureSchedule(client, daily(due), true);
      await until('the schedule knows its time', async () => {
        const { info } = await client.schedule.getHandle('pma-backup/shop/full').describe();
        return info.nextActionTimes.length > 0;
      });
    });
    await server.stop();
    expect(Date.now()).toBeLessThan(due * 1000); // else it was not down at that time
    await sleep(due * 1000 - Date.now() + 1000);
    server = await startTemporalServer(options);
    try {
      const actions = await withClient(server, (client) =>
        until('the missed run is started', async () => {
          const { info } = await client.schedule.getHandle('pma-backup/shop/full').describe();
          return info.recentActions.length > 0 && info.recentActions;
        }),
      );
      expect(actions.map(({ scheduledAt }) => scheduledAt.getTime())).toEqual([due * 1000]);
    } finally {
      await server.stop();
    }
  } finally {
    await removeTree(directory);
  }
}, 60_000);

/** The full backup's schedule of a database, but once an hour, in some seconds for the first time. */
function daily(due: number): ScheduleDefinition {
  const schedules = { incremental: 'off', cleanup: 'off', integrityCheck: 'off' } as const;
  const [full] = schedulesFor(
    {
      ...{ name: 'shop', schedule: '00:00', modules: {} },
      schedules: { ...schedules, restoreTest: 'off', others: {}, jitterSeconds: 0 },
    },
    'UTC',
  );
  return { ...full!, when: { cron: `@every 1h/${due % 3600}s` } };
}

async function withClient<T>(
  { address, namespace }: { address: string; namespace: string },
  use: (client: Awaited<ReturnType<typeof connectClient>>) => Promise<T>,
): Promise<T> {
  const client = await connectClient({ address, namespace, apiKey: null, tls: null });
  try {
    return await use(client);
  } finally {
    await client.connection.close();
  }
}

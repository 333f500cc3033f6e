import { rename, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Proof } from '../../../src/domain/proof.ts';
import { schedulesFor } from '../../../src/domain/schedule.ts';
import { ensureSchedule, scheduleIds, triggerSchedule } from '../../../src/temporal/schedules.ts';
import { countWorkers } from '../../../src/temporal/queue-health.ts';
import { onCluster } from '../../harness/postgres.ts';
import { ended, until } from '../../harness/service.ts';
import { fullOf, storeBackups } from '../../harness/stored-backups.ts';
import type { WatchedWorld } from './world.ts';

/** What the webhook gets of an alarm. */
export interface Told {
  readonly event: string;
  readonly severity: string;
  readonly database: string | null;
  readonly code: string | null;
  readonly message: string;
  readonly hint: string | null;
  readonly title: string;
}

/** What people are told of, and how to make it so. */
export interface Cause {
  readonly what: string;
  readonly key: (world: WatchedWorld) => string;
  readonly make: (world: WatchedWorld) => Promise<unknown>;
  /** How long it takes until it is an alarm. */
  readonly after?: number;
  readonly mend: (world: WatchedWorld) => Promise<unknown>;
  readonly told: Omit<Partial<Told>, 'message'> & { readonly message: RegExp };
}

export const at26Hours = { BACKUP_OBJECTIVE_PROVEN_HOURS: '26' };
export const change = (world: WatchedWorld, variables: Record<string, string>) => {
  world.changed = variables;
  return Promise.resolve();
};
const cut = (world: WatchedWorld, which: 'catalogProxy' | 'temporalProxy') => {
  world[which].set('cut');
  return Promise.resolve();
};
const storeOne = async (world: WatchedWorld): Promise<string> => {
  const id = fullOf('shop', -world.hours / 24);
  await storeBackups(world.service, world.catalog, [{ id }]);
  return id;
};
const daily = (world: WatchedWorld) => {
  const [full] = schedulesFor(world.settings().databases[0]!, 'UTC');
  return full!;
};
const storeOffsite = async (world: WatchedWorld) => {
  const id = await storeOne(world);
  const [copy] = await world.catalog.copies(id);
  await world.catalog.recordCopy({ ...copy!, destination: 's3', host: null });
};
const proveStored = async (world: WatchedWorld) => {
  const id = await storeOne(world);
  const startedAt = new Date(world.now().getTime() + 1000).toISOString();
  const proof = { backup: id, state: 'proven', startedAt, reason: null, seconds: 1, mismatches: 0 };
  await world.catalog.recordProof({ ...proof, tables: [] } as unknown as Proof);
};
const sparseFile = async (world: WatchedWorld) => {
  const { database } = world.service;
  const [row] = await onCluster<{ place: string }>(
    `SELECT current_setting('data_directory') || '/base/' || oid AS place
     FROM pg_database WHERE datname = '${database.name}'`,
  );
  return path.join(row!.place, 'huge');
};
const backups = (world: WatchedWorld) => path.join(world.service.stateDirectory, 'backups');

export const causes: readonly Cause[] = [
  {
    what: 'a system in which no worker runs',
    key: () => 'worker:',
    make: () => Promise.resolve(), // none was started so far
    after: 1,
    mend: async (world) => {
      const worker = await world.service.startWorker();
      await until('it asks for work', async () => (await countWorkers(world.client, 5000)) > 0);
      worker.kill('SIGKILL'); // before it looks itself, by another clock
      await ended(worker);
    },
    told: {
      ...{ severity: 'critical', database: null, code: null },
      hint: 'start one: pma-backup worker',
      message: /^no worker asks Temporal for work since \d{4}-.*: no backup is made$/,
    },
  },
  {
    what: 'no proven backup that is new enough',
    key: () => 'stale:shop',
    make: async (world) => {
      await change(world, at26Hours);
      await storeOne(world);
    },
    after: 27,
    mend: storeOne,
    told: {
      ...{ severity: 'critical', database: 'shop' },
      message: /^the newest proven backup of 'shop' is 27 h old, it may be 26 h old$/,
      hint: 'pma-backup list --database shop; then: pma-backup backup shop',
    },
  },
  {
    what: 'no copy in the cloud that is new enough',
    key: () => 'offsite:shop',
    make: (world) => change(world, { ...world.inBucket, BACKUP_OBJECTIVE_OFFSITE_HOURS: '26' }),
    after: 27,
    mend: storeOffsite,
    told: {
      ...{ severity: 'warning', database: 'shop' },
      message: /^the newest backup of 'shop' with a good copy in the cloud is missing, /,
    },
  },
  {
    what: 'no test restore for too long',
    key: () => 'restoreTest:shop',
    make: (world) => change(world, { BACKUP_OBJECTIVE_RESTORE_TEST_DAYS: '35' }),
    after: 36 * 24,
    mend: proveStored,
    told: {
      ...{
        severity: 'warning',
        database: 'shop',
        hint: 'pma-backup verify latest --database shop',
      },
      message: /^no stored copy of 'shop' was test-restored for 35 days$/,
    },
  },
  {
    what: 'a schedule that starts nothing',
    key: () => 'missed:shop/full',
    make: async (world) => {
      await ensureSchedule(world.client, daily(world), true);
      await until('it is listed', async () => (await scheduleIds(world.client)).length > 0);
    },
    after: 26,
    mend: async (world) => {
      await triggerSchedule(world.client, daily(world).id);
      await until('a run is under way', async () => {
        const { info } = await world.client.schedule.getHandle(daily(world).id).describe();
        return info.runningActions.length > 0;
      });
    },
    told: {
      ...{ severity: 'warning', database: 'shop' },
      message: /^schedule 'shop\/full' has started nothing since \d{4}-/,
    },
  },
  {
    what: 'a schedule that somebody paused',
    key: () => 'paused:shop/full',
    make: (world) => world.client.schedule.getHandle(daily(world).id).pause('moving house'),
    after: 25,
    mend: async (world) => {
      await world.client.schedule.getHandle(daily(world).id).unpause();
    },
    told: {
      message: /^schedule 'shop\/full' is paused for more than a day \("moving house"\)$/,
      hint: 'pma-backup schedules resume shop/full',
    },
  },
  {
    what: 'a disk that the next backup will not fit on',
    key: ({ host, service }) => `disk:${host}:${service.stateDirectory}`,
    make: async (world) => {
      // The database has now taken eight terabytes, as far as its server can tell.
      const huge = await sparseFile(world);
      await writeFile(huge, '');
      await truncate(huge, 8e12);
    },
    mend: async (world) => rm(await sparseFile(world)),
    told: { severity: 'warning', message: /free, the next backup of .* may need 24(\.0)? TB$/ },
  },
  {
    what: 'a directory that cannot be written to',
    key: ({ host }) => `destination:local@${host}`,
    make: async (world) => {
      await rename(backups(world), `${backups(world)}.away`);
      await writeFile(backups(world), 'a file'); // permissions would not stop root
    },
    mend: async (world) => {
      await rm(backups(world));
      await rename(`${backups(world)}.away`, backups(world));
    },
    told: { severity: 'critical', message: /^destination 'local' cannot be used: / },
  },
  {
    what: 'a bucket whose key is wrong',
    key: ({ host }) => `destination:s3@${host}`,
    make: (world) => change(world, { ...world.inBucket, AWS_SECRET_ACCESS_KEY: 'rotated' }),
    mend: (world) => change(world, world.inBucket),
    told: {
      code: 'storage_refused',
      severity: 'critical',
      message: /^destination 's3' cannot be used: /,
    },
  },
  {
    what: 'a passphrase of stored backups that no worker has',
    key: () => 'key:',
    make: (world) =>
      storeBackups(world.service, world.catalog, [
        { id: fullOf('shop', 400), readers: ['passphrase'] },
      ]),
    after: 1,
    mend: (world) => change(world, { BACKUP_AGE_PASSPHRASE: 'correct horse' }),
    told: {
      ...{ severity: 'critical', database: null },
      message: /^no worker has the passphrase: none can restore .* \(1\)$/,
    },
  },
  {
    what: 'a key file that is missing',
    key: () => 'settings:',
    make: (world) => change(world, { AWS_SECRET_ACCESS_KEY_FILE: '/nonexistent/key' }),
    mend: (world) => change(world, {}),
    told: { code: 'invalid_settings', severity: 'critical', message: /\/nonexistent\/key/ },
  },
  {
    what: 'a catalog that is down',
    key: () => 'catalog:',
    make: (world) => cut(world, 'catalogProxy'),
    mend: (world) => {
      world.catalogProxy.set('pass');
      return Promise.resolve();
    },
    told: {
      code: 'catalog_unreachable',
      severity: 'critical',
      message: /^catalog '.*' cannot be used: /,
    },
  },
  {
    what: 'a Temporal server that is down',
    key: () => 'temporal:',
    make: (world) => cut(world, 'temporalProxy'),
    mend: async (world) => {
      world.temporalProxy.set('pass');
      await until('it answers again', () =>
        world.client.workflow.count().then(
          () => true,
          () => false,
        ),
      );
    },
    told: { code: 'temporal_unreachable', message: /^no schedule runs: Temporal does not answer/ },
  },
];

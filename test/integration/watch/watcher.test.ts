import { rename, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Proof } from '../../../src/domain/proof.ts';
import { schedulesFor } from '../../../src/domain/schedule.ts';
import { createDestinations } from '../../../src/service/destinations.ts';
import { ensureSchedule, scheduleIds, triggerSchedule } from '../../../src/temporal/schedules.ts';
import type { Watcher } from '../../../src/watch/watcher.ts';
import { onCluster } from '../../harness/postgres.ts';
import { until } from '../../harness/service.ts';
import { fullOf, storeBackups } from '../../harness/stored-backups.ts';
import { createWatchedWorld, httpChannels, type WatchedWorld } from './world.ts';

let world: WatchedWorld;
let watcher: Watcher;

beforeAll(async () => {
  world = await createWatchedWorld();
  watcher = world.newWatcher();
  await watcher.look(world.now());
}, 180_000);

afterAll(() => world.close());

interface Told {
  readonly event: string;
  readonly severity: string;
  readonly database: string | null;
  readonly message: string;
  readonly hint: string | null;
  readonly title: string;
}

/** What the watch tells of this alarm when it looks after so many hours. */
async function look(key: string, after = 1 / 60): Promise<Told[]> {
  world.hours += after;
  world.receiver.received.length = 0;
  world.mails.length = 0;
  await watcher.look(world.now());
  const events = world.receiver.received
    .filter(({ url }) => url.pathname === '/webhook')
    .map(({ json }) => json());
  const told = events.filter((each) => each['key'] === key) as unknown as Told[];
  for (const { title } of told) {
    expectOnEachChannel(title, events.filter((each) => each['title'] === title).length);
  }
  return told;
}

function expectOnEachChannel(title: string, count: number): void {
  for (const channel of httpChannels) {
    const bodies = world.receiver.received
      .filter(({ url }) => url.pathname === `/${channel}`)
      .map(({ body }) => body);
    expect(
      bodies.filter((body) => body.includes(title)),
      channel,
    ).toHaveLength(count);
  }
  const subjects = world.mails.map((mail) => mail.replaceAll('\r\n ', ' '));
  expect(subjects.filter((mail) => mail.includes(`Subject: ${title}`))).toHaveLength(count);
}

interface Cause {
  readonly what: string;
  readonly key: () => string;
  readonly make: () => Promise<unknown>;
  /** How long it takes until it is an alarm. */
  readonly after?: number;
  readonly mend: () => Promise<unknown>;
  readonly told: Omit<Partial<Told>, 'message'> & { readonly message: RegExp };
}

const at26Hours = { BACKUP_OBJECTIVE_PROVEN_HOURS: '26' };
const change = (variables: Record<string, string>) => {
  world.changed = variables;
  return Promise.resolve();
};
const proxy = (which: 'catalogProxy' | 'temporalProxy', way: 'pass' | 'cut') => {
  world[which].set(way);
  return Promise.resolve();
};
const storeOne = async (): Promise<string> => {
  const id = fullOf('shop', -world.hours / 24);
  await storeBackups(world.service, world.catalog, [{ id }]);
  return id;
};
const daily = () => {
  const [full] = schedulesFor(world.settings().databases[0]!, 'UTC');
  return full!;
};
const storeOffsite = async () => {
  const id = await storeOne();
  const [copy] = await world.catalog.copies(id);
  await world.catalog.recordCopy({ ...copy!, destination: 's3', host: null });
};
const proveStored = async () => {
  const id = await storeOne();
  const startedAt = new Date(world.now().getTime() + 1000).toISOString();
  const proof = { backup: id, state: 'proven', startedAt, reason: null, seconds: 1, mismatches: 0 };
  await world.catalog.recordProof({ ...proof, tables: [] } as unknown as Proof);
};
const sparseFile = async () => {
  const { database } = world.service;
  const [row] = await onCluster<{ place: string }>(
    `SELECT current_setting('data_directory') || '/base/' || oid AS place
     FROM pg_database WHERE datname = '${database.name}'`,
  );
  return path.join(row!.place, 'huge');
};
const backups = () => path.join(world.service.stateDirectory, 'backups');

const causes: Cause[] = [
  {
    what: 'no proven backup that is new enough',
    key: () => 'stale:shop',
    make: async () => {
      await change(at26Hours);
      await storeOne();
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
    make: () => change({ ...world.inBucket, BACKUP_OBJECTIVE_OFFSITE_HOURS: '26' }),
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
    make: () => change({ BACKUP_OBJECTIVE_RESTORE_TEST_DAYS: '35' }),
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
    make: async () => {
      await ensureSchedule(world.client, daily(), true);
      await until('it is listed', async () => (await scheduleIds(world.client)).length > 0);
    },
    after: 26,
    mend: async () => {
      await triggerSchedule(world.client, daily().id);
      await until('a run is under way', async () => {
        const { info } = await world.client.schedule.getHandle(daily().id).describe();
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
    make: () => world.client.schedule.getHandle(daily().id).pause('moving house'),
    after: 25,
    mend: async () => {
      await world.client.schedule.getHandle(daily().id).unpause();
    },
    told: {
      message: /^schedule 'shop\/full' is paused for more than a day \("moving house"\)$/,
      hint: 'pma-backup schedules resume shop/full',
    },
  },
  {
    what: 'a disk that the next backup will not fit on',
    key: () => `disk:${world.host}:${world.service.stateDirectory}`,
    make: async () => {
      // The database has now taken eight terabytes, as far as its server can tell.
      const huge = await sparseFile();
      await writeFile(huge, '');
      await truncate(huge, 8e12);
    },
    mend: async () => rm(await sparseFile()),
    told: { severity: 'warning', message: /free, the next backup of .* may need 24(\.0)? TB$/ },
  },
  {
    what: 'a directory that cannot be written to',
    key: () => `destination:local@${world.host}`,
    make: async () => {
      await rename(backups(), `${backups()}.away`);
      await writeFile(backups(), 'a file'); // permissions would not stop root
    },
    mend: async () => {
      await rm(backups());
      await rename(`${backups()}.away`, backups());
    },
    told: { severity: 'critical', message: /^destination 'local' cannot be used: / },
  },
  {
    what: 'a bucket whose key is wrong',
    key: () => `destination:s3@${world.host}`,
    make: () => change({ ...world.inBucket, AWS_SECRET_ACCESS_KEY: 'rotated' }),
    mend: () => change(world.inBucket),
    told: { severity: 'critical', message: /^destination 's3' cannot be used: / },
  },
  {
    what: 'a key file that is missing',
    key: () => 'settings:',
    make: () => change({ AWS_SECRET_ACCESS_KEY_FILE: '/nonexistent/key' }),
    mend: () => change({}),
    told: { severity: 'critical', message: /\/nonexistent\/key/ },
  },
  {
    what: 'a catalog that is down',
    key: () => 'catalog:',
    make: () => proxy('catalogProxy', 'cut'),
    mend: () => proxy('catalogProxy', 'pass'),
    told: { severity: 'critical', message: /^catalog '.*' cannot be used: / },
  },
  {
    what: 'a Temporal server that is down',
    key: () => 'temporal:',
    make: () => proxy('temporalProxy', 'cut'),
    mend: async () => {
      world.temporalProxy.set('pass');
      await until('it answers again', () =>
        world.client.workflow.count().then(
          () => true,
          () => false,
        ),
      );
    },
    told: { severity: 'critical', message: /^no schedule runs: Temporal does not answer/ },
  },
];

describe('everybody is told of', () => {
  test.each(causes)('$what, once, again after a day, and when it is over', async (cause) => {
    const { make, mend, after, told } = cause;
    const key = cause.key();
    world.changed = {};
    await make();
    if (after !== undefined) expect(await look(key)).toEqual([]);
    const first = await look(key, after);
    expect(first).toMatchObject([
      { ...told, event: 'alarm', message: expect.stringMatching(told.message) as string },
    ]);
    expect(await look(key)).toEqual([]);
    expect(await look(key, 24)).toMatchObject([{ event: 'reminder' }]);
    await mend();
    expect(await look(key)).toMatchObject([{ event: 'cleared' }]);
    expect(await look(key)).toEqual([]);
  });
});

test('what stands in the catalog shows in the status', async () => {
  await change(at26Hours);
  await look('stale:shop', 100);
  const { stdout } = await world.service.cli('status', '--json');
  const { alarms } = JSON.parse(stdout) as { alarms: { key: string }[] };
  expect(alarms).toContainEqual(expect.objectContaining({ key: 'stale:shop', database: 'shop' }));
});

test('a restart does not tell again that the catalog is down', async () => {
  world.catalogProxy.set('cut');
  expect(await look('catalog:')).toMatchObject([{ event: 'alarm' }]);
  watcher = world.newWatcher();
  expect(await look('catalog:')).toEqual([]);
  world.catalogProxy.set('pass');
  expect(await look('catalog:')).toMatchObject([{ event: 'cleared' }]);
});

test('a catalog that accepts everything and answers nothing is down', async () => {
  world.catalogProxy.set('hang');
  watcher = world.newWatcher({ patience: 300 });
  expect(await look('catalog:')).toMatchObject([
    { event: 'alarm', message: expect.stringContaining('no answer') as string },
  ]);
  world.catalogProxy.set('pass');
  watcher = world.newWatcher();
  expect(await look('catalog:')).toMatchObject([{ event: 'cleared' }]);
});

test('it looks by itself', async () => {
  world.hours += 1000; // the process has a clock of its own, which is behind: what it tells is new all the same
  const own = world.newWatcher({ firstAfter: 10, every: 50 });
  await change({ AWS_SECRET_ACCESS_KEY_FILE: '/nonexistent/other' });
  world.receiver.received.length = 0;
  own.start();
  await world.receiver.waitFor('it is told', ({ body }) => body.includes('/nonexistent/other'));
  await change({});
  await world.receiver.waitFor('it is over', ({ body }) => body.includes('"event":"cleared"'));
  await own.stop();
});

test('a look leaves nothing in a destination', async () => {
  await change(world.inBucket);
  await look('destination:s3');
  const storage = createDestinations(() => world.settings(), 100);
  for (const name of ['local', 's3']) {
    for await (const { key } of storage(name).list('pma-probe')) expect(key).toBe('nothing');
  }
});

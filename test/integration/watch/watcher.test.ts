import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDestinations } from '../../../src/service/destinations.ts';
import type { Watcher } from '../../../src/watch/watcher.ts';
import { at26Hours, causes, change, type Told } from './causes.ts';
import { createWatchedWorld, httpChannels, type WatchedWorld } from './world.ts';

let world: WatchedWorld;
let watcher: Watcher;

beforeAll(async () => {
  world = await createWatchedWorld();
  watcher = world.newWatcher();
  await watcher.look(world.now());
}, 180_000);

afterAll(() => world.close());

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

describe('everybody is told of', () => {
  test.each(causes)('$what, once, again after a day, and when it is over', async (cause) => {
    const { make, mend, after, told } = cause;
    const key = cause.key(world);
    world.changed = {};
    await make(world);
    if (after !== undefined) expect(await look(key)).toEqual([]);
    const first = await look(key, after);
    expect(first).toMatchObject([
      { ...told, event: 'alarm', message: expect.stringMatching(told.message) as string },
    ]);
    expect(await look(key)).toEqual([]);
    expect(await look(key, 24)).toMatchObject([{ event: 'reminder' }]);
    await mend(world);
    expect(await look(key)).toMatchObject([{ event: 'cleared' }]);
    expect(await look(key)).toEqual([]);
  });
});

test('a key that another worker has, or that is kept elsewhere on purpose, is no alarm', async () => {
  await change(world, { BACKUP_AGE_PASSPHRASE: 'correct horse' });
  await look('key:');
  await change(world, {});
  expect(await look('key:')).toEqual([]);
  expect(await look('key:', 1)).toMatchObject([{ event: 'alarm' }]);
  const other = { host: 'another', keys: ['passphrase'] };
  await world.catalog.rememberKeys({ ...other, now: world.now() });
  expect(await look('key:')).toMatchObject([{ event: 'cleared' }]);
  expect(await look('key:', 25)).toEqual([]); // it may be starting again, as we are
  expect(await look('key:', 1)).toMatchObject([{ event: 'alarm' }]);
  await change(world, { BACKUP_AGE_KEY_ELSEWHERE: 'true' });
  expect(await look('key:')).toMatchObject([{ event: 'cleared' }]);
});

test('what stands in the catalog shows in the status', async () => {
  await change(world, at26Hours);
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
  await change(world, { AWS_SECRET_ACCESS_KEY_FILE: '/nonexistent/other' });
  world.receiver.received.length = 0;
  own.start();
  await world.receiver.waitFor('it is told', ({ body }) => body.includes('/nonexistent/other'));
  await change(world, {});
  await world.receiver.waitFor('it is over', ({ body }) => body.includes('"event":"cleared"'));
  await own.stop();
});

test('a look leaves nothing in a destination', async () => {
  await change(world, world.inBucket);
  await look('destination:s3');
  const storage = createDestinations(() => world.settings(), 100);
  for (const name of ['local', 's3']) {
    for await (const { key } of storage(name).list('pma-probe')) expect(key).toBe('nothing');
  }
});

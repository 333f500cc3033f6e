import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCatalog, type Catalog } from '../../src/catalog/catalog.ts';
import { createTestDatabase, type TestDatabase } from '../harness/postgres.ts';

let database: TestDatabase;
let catalog: Catalog;

beforeAll(async () => {
  database = await createTestDatabase('catalog');
  catalog = await openCatalog(database.connection);
});

afterAll(async () => {
  await catalog.close();
  await database.drop();
});

describe('people are told of an alarm', () => {
  const alarm = { key: 'disk:/var', database: null, message: 'the disk is full', hint: null };
  const at = (hours: number) => new Date(Date.UTC(2030, 0, 1, hours));
  const claim = async (owner: string, hours: number) => {
    const due = await catalog.claimDueAlarms({ owner, now: at(hours), repeatHours: 24 });
    return due.filter(({ key }) => key === alarm.key);
  };

  beforeAll(() => catalog.raiseAlarm(alarm));

  test('by one run alone, and by it again when it is retried', async () => {
    const due = await claim('run-1', 0);
    expect(due).toMatchObject([{ ...alarm, event: 'alarm', clearedAt: null }]);
    expect(await claim('run-1', 0)).toEqual(due);
    expect(await claim('run-2', 1)).toEqual([]);
  });

  test('again after a while, as a reminder', async () => {
    expect(await claim('run-3', 23)).toEqual([]);
    expect(await claim('run-4', 24)).toMatchObject([{ event: 'reminder' }]);
    expect(await claim('run-5', 25)).toEqual([]);
  });

  test('anew when nobody could be told', async () => {
    const [due] = await claim('run-6', 48);
    await catalog.giveBackAlarms([due!.id]);
    expect(await claim('run-7', 48)).toMatchObject([{ event: 'reminder' }]);
  });

  test('once more when it is over, and never again', async () => {
    await catalog.clearAlarm(alarm.key);
    expect(await claim('run-8', 49)).toMatchObject([{ ...alarm, event: 'cleared' }]);
    expect(await claim('run-9', 100)).toEqual([]);
  });

  test('never when it was over before', async () => {
    await catalog.raiseAlarm(alarm);
    await catalog.clearAlarm(alarm.key);
    expect(await claim('run-10', 200)).toEqual([]);
  });
});

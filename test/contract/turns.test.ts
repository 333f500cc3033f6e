import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCatalog, type Catalog } from '../../src/catalog/catalog.ts';
import { createTestDatabase, type TestDatabase } from '../harness/postgres.ts';

let database: TestDatabase;
let catalog: Catalog;

beforeAll(async () => {
  database = await createTestDatabase('turns');
  catalog = await openCatalog(database.connection);
});

afterAll(async () => {
  await catalog.close();
  await database.drop();
});

describe('the line of those who wait for their turn', () => {
  const owner = (runId: string) => ({ workflowId: 'line', runId });
  const ask = (runId: string, minute: number, needs: Record<string, number>) =>
    catalog.takeTurn({
      owner: owner(runId),
      resources: Object.entries(needs).map(([resource, capacity]) => ({ resource, capacity })),
      dueAt: new Date(Date.UTC(2026, 2, 1, 0, minute)),
      until: null,
    });
  const leave = (...runs: string[]) =>
    Promise.all(runs.map((run) => catalog.releaseLeases(owner(run))));

  test('gives a place to whoever was due first, not to whoever asks first', async () => {
    expect(await ask('a', 0, { p: 1 })).toMatchObject({ isTaken: true, given: [] });
    expect(await ask('c', 2, { p: 1 })).toMatchObject({ isTaken: false, ahead: 0 });
    expect(await ask('b', 1, { p: 1 })).toMatchObject({
      ...{ isTaken: false, ahead: 0 },
      busy: [{ resource: 'p', holders: [owner('a')] }],
    });
    expect(await ask('c', 2, { p: 1 })).toMatchObject({ isTaken: false, ahead: 1 });
    await catalog.releaseLeases(owner('a'));
    expect(await catalog.handOver()).toEqual([owner('b')]);
    expect(await catalog.handOver()).toEqual([]);
    expect(await ask('b', 1, { p: 1 })).toMatchObject({ isTaken: true });
    await leave('b', 'c');
  });

  test('keeps every capacity, whoever asks at once, and takes all that is needed or nothing', async () => {
    const runs = Array.from({ length: 12 }, (_, index) => `m${index}`);
    const needs = (run: string) => ({ host: 4, [`server-${Number(run.slice(1)) % 2}`]: 1 });
    const answers = await Promise.all(runs.map((run) => ask(run, 0, needs(run))));
    const given = answers.flatMap((answer) => answer.given);
    expect(answers.filter(({ isTaken }) => isTaken).length + given.length).toBe(2);
    expect(await ask('other', 9, { host: 4 })).toMatchObject({ isTaken: true });
    await leave('other', ...runs);
  });

  test('passes over who cannot go, without losing its place, and lets one go on with what it has', async () => {
    await ask('a', 0, { s: 1, host: 2 });
    expect(await ask('b', 1, { s: 1, host: 2 })).toMatchObject({ isTaken: false });
    expect(await ask('c', 2, { t: 1, host: 2 })).toMatchObject({ isTaken: true });
    await catalog.releaseLeases(owner('a'), 's');
    expect(await catalog.handOver()).toEqual([]); // the host is full
    expect(await ask('d', 3, { t: 1, host: 2 })).toMatchObject({ isTaken: false, ahead: 1 });
    await leave('c');
    expect(await catalog.handOver()).toEqual([owner('b')]);
    expect(await ask('a', 0, { s2: 1, host: 2 })).toMatchObject({ isTaken: true });
    await leave('a', 'b', 'd');
  });

  test('forgets who left it, and passes over whose time is over', async () => {
    await ask('a', 0, { q: 1 });
    await ask('b', 1, { q: 1 });
    const late = { owner: owner('c'), resources: [{ resource: 'q', capacity: 1 }] };
    const dueAt = new Date(0);
    await catalog.takeTurn({ ...late, dueAt, until: new Date(Date.now() - 1000) });
    await ask('d', 3, { q: 1 });
    await leave('b');
    await leave('a');
    expect(await catalog.handOver()).toEqual([owner('d')]);
    await leave('d');
    expect(await catalog.takeTurn({ ...late, dueAt, until: null })).toMatchObject({
      isTaken: true,
    });
    await leave('c');
  });
});

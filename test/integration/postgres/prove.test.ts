import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Proof } from '../../../src/domain/proof.ts';
import { proveDump, type ProveOptions } from '../../../src/postgres/prove.ts';
import type { ScratchServer } from '../../../src/postgres/scratch.ts';
import { withDump } from '../../harness/dump.ts';
import type { TestDatabase } from '../../harness/postgres.ts';
import { startTestScratch } from '../../harness/scratch.ts';
import { createTortureDatabase, startWriters } from '../../harness/torture.ts';

let database: TestDatabase;
let scratch: ScratchServer;

beforeAll(async () => {
  [database, scratch] = await Promise.all([createTortureDatabase(), startTestScratch()]);
});

afterAll(async () => {
  await Promise.all([database.drop(), scratch.stop()]);
});

function prove(directory: string, options: Partial<ProveOptions> = {}): Promise<Proof> {
  return proveDump({
    backup: 'torture_full_20260101_000000',
    directory,
    scratch: scratch.connection,
    jobs: 2,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...options,
  });
}

describe('a database with one of everything', () => {
  test('is proven', async () => {
    await withDump(database, {}, async ({ directory }) => {
      const proof = await prove(directory);
      expect(proof).toMatchObject({ state: 'proven', reason: null, mismatches: 0 });
    });
  });
  test('is proven while writers change it without pause', async () => {
    const writers = startWriters(database);
    try {
      await withDump(database, {}, async ({ directory }) => {
        const proof = await prove(directory);
        expect(proof).toMatchObject({ state: 'proven', reason: null, mismatches: 0 });
      });
    } finally {
      await writers.stop();
    }
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listMismatches } from '../../../src/domain/compare.ts';
import type { DumpFormat } from '../../../src/domain/dump-layout.ts';
import type { ScratchServer } from '../../../src/postgres/scratch.ts';
import type { DumpContent } from '../../../src/postgres/selection.ts';
import type { TestDatabase } from '../../harness/postgres.ts';
import { makeTestDump, prove, type TestDump } from '../../harness/prove.ts';
import { startTestScratch } from '../../harness/scratch.ts';
import { createTortureDatabase } from '../../harness/torture.ts';

let database: TestDatabase;
let scratch: ScratchServer;
const dumps: TestDump[] = [];

beforeAll(async () => {
  [database, scratch] = await Promise.all([createTortureDatabase(), startTestScratch()]);
});

afterAll(async () => {
  await Promise.all([database.drop(), scratch.stop(), ...dumps.map((dump) => dump.remove())]);
});

const module = { name: 'some', patterns: ['public.circle_b', 'public.meas*', '组 织.*', 'public.uniq'] };
const contents: Record<string, DumpContent> = {
  full: { kind: 'full', module: null },
  schema_only: { kind: 'schema_only', module: null },
  data_only: { kind: 'data_only', module: null },
  module: { kind: 'full', module },
};
const formats: DumpFormat[] = ['directory', 'plain', 'custom'];

describe.each(Object.keys(contents))('%s', (name) => {
  test.each(formats)('%s', async (format) => {
    const dump = await makeTestDump(database, { content: contents[name]!, format });
    dumps.push(dump);
    const proof = await prove(dump, scratch);
    console.log(name, format, proof.state, proof.reason, proof.warnings, listMismatches(proof), JSON.stringify(proof.notCompared,null,1), proof.seconds);
    expect(listMismatches(proof)).toEqual([]);
    expect(proof).toMatchObject({ state: 'proven', reason: null, mismatches: 0 });
  });
});

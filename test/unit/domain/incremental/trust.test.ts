import { describe, expect, test } from 'vitest';
import {
  chooseBucketing,
  noRows,
  type ServerMoment,
  type Sums,
} from '../../../../src/domain/incremental/base.ts';
import { compareSchemaTexts } from '../../../../src/domain/incremental/schema-changes.ts';
import {
  distrustServer,
  firstNewTransaction,
  judgeBucket,
} from '../../../../src/domain/incremental/trust.ts';

/** A few rows by number: their hashes and keys are the number's multiples; a fresh one has another hash. */
function sums(...rows: readonly [key: number, version: number][]): Sums {
  return rows.reduce(
    (sum, [key, version]) => ({
      rows: sum.rows + 1n,
      hash: sum.hash + BigInt(key * 1000 + version),
      keys: sum.keys + BigInt(key),
    }),
    noRows,
  );
}

const full = sums([1, 0], [2, 0], [3, 0]);

test.each<[string, Sums, Sums, string]>([
  ['a row was changed', sums([1, 0], [2, 0], [3, 1]), sums([3, 1]), 'updates'],
  ['a row came', sums([1, 0], [2, 0], [3, 0], [4, 0]), sums([4, 0]), 'updates'],
  ['a row went', sums([1, 0], [2, 0]), noRows, 'keys'],
  ['all rows went', noRows, noRows, 'keys'],
  ['one went and one came', sums([1, 0], [2, 0], [4, 0]), sums([4, 0]), 'keys'],
  ['a key was changed', sums([1, 0], [2, 0], [9, 0]), sums([9, 0]), 'keys'],
  ['a row looks new and is not', full, sums([2, 0]), 'updates'],
  ['contents changed and nothing looks new', sums([1, 0], [2, 0], [3, 7]), noRows, 'untrusted'],
  [
    'there are more old rows than there were',
    sums([1, 0], [2, 0], [3, 0], [4, 0]),
    noRows,
    'untrusted',
  ],
  [
    'a row came and another changed unseen',
    sums([1, 5], [2, 0], [3, 0], [4, 0]),
    sums([4, 0]),
    'untrusted',
  ],
])('where %s, the bucket is judged', (_, now, fresh, verdict) => {
  expect(judgeBucket(full, now, fresh)).toBe(verdict);
});

const moment: ServerMoment = {
  systemIdentifier: '7',
  timeline: '00000001',
  databaseOid: 5,
  lsn: '1/F0000000',
  snapshot: '4294967000:4294967010:',
};

describe('rows’ transaction numbers are trusted', () => {
  test.each<[string, Partial<ServerMoment>]>([
    ['a little later', { lsn: '2/0', snapshot: '4294967020:4294967030:4294967025' }],
    ['across the wrap-around', { snapshot: '4294967300:4294967310:' }],
    ['just before 2^31 transactions', { snapshot: `1:${4294967000n + 2n ** 31n - 1n}:` }],
  ])('%s', (_, later) => {
    expect(distrustServer(moment, { ...moment, ...later })).toBeNull();
  });

  test.each<[string, Partial<ServerMoment>, string]>([
    ['on another server', { systemIdentifier: '8' }, 'another one'],
    ['after a promotion', { timeline: '00000002' }, 'timeline changed'],
    ['in a database made anew', { databaseOid: 6 }, 'made anew'],
    ['when the log went back', { lsn: '1/EFFFFFFF' }, 'set back'],
    ['when transactions went back', { snapshot: '4294966000:4294966001:' }, 'went back'],
    ['after 2^31 transactions', { snapshot: `1:${4294967000n + 2n ** 31n}:` }, '2^31'],
  ])('but not %s', (_, later, reason) => {
    expect(distrustServer(moment, { ...moment, ...later })).toContain(reason);
  });

  test('as 32 bits, like those that rows carry', () => {
    expect(firstNewTransaction({ ...moment, snapshot: '4294967300:4294967301:' })).toBe(4n);
  });
});

test('buckets grow with the table, so that their number does not', () => {
  const column = {
    ...{ number: 1, modifier: -1, collation: 0 },
    ...{ generated: false, notNull: true, missing: null },
  };
  const keyed = (type: number, estimatedRows: number) =>
    chooseBucketing({
      key: [{ name: 'id', operator: '=', collation: null }],
      columns: [{ ...column, name: 'id', type }],
      estimatedRows,
    });
  const [bigint, uuid] = [20, 2950];
  expect(keyed(bigint, 0)).toEqual({ count: 1, width: 64 });
  expect(keyed(bigint, 100_000)).toEqual({ count: 2048, width: 64 });
  expect(keyed(bigint, 6.5e8)).toEqual({ count: 65_536, width: 9919 });
  expect(keyed(uuid, 6.5e8)).toEqual({ count: 8192, width: 79_346 });
  expect(chooseBucketing({ key: null, columns: [], estimatedRows: 100 })).toBeNull();
});

test('what has a new table’s name in its own is not taken for a part of it', () => {
  const entry = (name: string, type: string, sql: string) =>
    `--\n-- Name: ${name}; Type: ${type}; Schema: public; Owner: me\n--\n\n${sql}\n\n`;
  const table = entry('a', 'TABLE', 'CREATE TABLE public.a (\n    id integer\n);');
  const index = (of: string) =>
    entry('i', 'INDEX', `CREATE INDEX i ON public.${of} USING btree (id);`);
  expect(compareSchemaTexts('', table + index('a'))).toMatchObject({ created: ['public.a'] });
  expect(compareSchemaTexts('', table + index('ab'))).toBe('INDEX public.i is new');
  expect(compareSchemaTexts(table + index('a'), '')).toMatchObject({ dropped: ['public.a'] });
});

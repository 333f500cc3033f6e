import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fingerprintSql, pinSession } from '../../../src/postgres/fingerprint.ts';
import { listTables } from '../../../src/postgres/tables.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';
import { traps, trapTypesSql } from '../../harness/traps.ts';

/** The column's type for the trap of a number, and one of its values in that type. */
interface Form {
  readonly type: (number: number, plain: string) => string;
  readonly value: (text: string, number: number) => string;
}

const forms: Record<string, Form> = {
  'a plain column': { type: (_, plain) => plain, value: (text) => text },
  'a domain': { type: (number) => `domain_${number}`, value: (text) => text },
  'an array of a domain': {
    type: (number) => `domain_${number}[]`,
    value: (text, number) => `ARRAY[${text}::domain_${number}]`,
  },
  'a composite': {
    type: (number) => `composite_${number}`,
    value: (text, number) => `ROW(${text}::domain_${number})::composite_${number}`,
  },
};

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase('traps');
  client = await database.connect();
  await client.query(trapTypesSql);
  for (const [number, { type }] of traps.entries()) {
    await client.query(`CREATE DOMAIN domain_${number} AS ${type}`);
    await client.query(`CREATE TYPE composite_${number} AS (a ${type})`);
  }
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

describe.each(Object.entries(forms))('in %s', (title, form) => {
  const columns = traps.map(({ type, before, after }, number) => ({
    name: `${type} ${number}`,
    definition: form.type(number, type),
    before: form.value(before, number),
    after: form.value(after, number),
  }));

  it('each trap is seen as a one-value change', async () => {
    const hash = await fill(title, columns);
    const clean = await hash();
    expect(await hash()).toBe(clean);
    const unseen: string[] = [];
    for (const { name, before, after } of columns) {
      const column = quote(name);
      await client.query('BEGIN');
      await client.query(
        `UPDATE public."${title}" t SET ${column} = a.${column} FROM public."after" a`,
      );
      if ((await hash()) === clean) unseen.push(`${name}: ${before} -> ${after}`);
      await client.query('ROLLBACK');
    }
    expect(unseen).toEqual([]);
  });
});

async function fill(
  title: string,
  columns: readonly { name: string; definition: string; before: string; after: string }[],
): Promise<() => Promise<string>> {
  await client.query('RESET search_path');
  const definitions = columns.map(({ name, definition }) => `${quote(name)} ${definition}`);
  await client.query(`CREATE TABLE "${title}" (${definitions.join(', ')})`);
  await client.query(`DROP TABLE IF EXISTS after; CREATE TABLE after (LIKE "${title}")`);
  const values = (side: 'before' | 'after') => columns.map((column) => column[side]).join(', ');
  await client.query(`INSERT INTO "${title}" VALUES (${values('before')})`);
  await client.query(`INSERT INTO after VALUES (${values('after')})`);
  await pinSession(client);
  const table = (await listTables(client)).find(({ name }) => name === title);
  const prepared = { name: title, text: fingerprintSql(table!) };
  return async () => (await client.query<{ hash: string }>(prepared)).rows[0]!.hash;
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

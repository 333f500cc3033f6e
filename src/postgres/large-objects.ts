import type { Client } from 'pg';
import type { LargeObjectsReading } from '../domain/source-reading.ts';
import { translatePgError } from './pg-error.ts';

/**
 * How many large objects there are, and a hash of their OIDs and contents. Call it in a transaction whose snapshot is the
 * one to read. It is the same for a role that may read `pg_largeobject` and for one that reads object by object, and a
 * hole in a sparse object counts as the zeros that it reads as. Throws `permission_denied` naming an object.
 */
export async function readLargeObjects(client: Client): Promise<LargeObjectsReading> {
  try {
    const { rows: access } = await client.query<{ whole: boolean }>(accessSql);
    const sizes = await sums(client, sizesSql);
    const pages = await sums(client, access[0]?.whole ? storedPagesSql : readPagesSql);
    return { count: Number(sizes.count), hash: String(BigInt(sizes.hash) + BigInt(pages.hash)) };
  } catch (error) {
    const name = /large object (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const { host, port, user, database } = client;
    throw translatePgError(error, {
      ...{ host, port, user, database },
      ...(name === undefined ? {} : { object: { kind: 'large object', schema: null, name } }),
    });
  }
}

interface Sums {
  readonly count: string;
  readonly hash: string;
}

async function sums(client: Client, sql: string): Promise<Sums> {
  const { rows } = await client.query<Sums>(sql);
  return rows[0] ?? { count: '0', hash: '0' };
}

/** Pages are of a quarter of the server's block size; where that is not the usual one, only reading gives our pages. */
const accessSql = `
  SELECT has_table_privilege('pg_catalog.pg_largeobject', 'SELECT')
         AND current_setting('block_size') = '8192' AS whole`;

/** Every object counts with its size, an empty one too. OFFSET 0 keeps the order: open, seek to the end, close. */
const sizesSql = `
  SELECT count(*) AS count,
         coalesce(sum(hashint8extended(size, size # hashoidextended(oid, 0))), 0)::text AS hash
  FROM (
    SELECT oid, lo_lseek64(descriptor, 0, 2) AS size, lo_close(descriptor) AS closed
    FROM (SELECT oid, lo_open(oid, 262144) AS descriptor FROM pg_catalog.pg_largeobject_metadata OFFSET 0) opened
    OFFSET 0
  ) sized`;

const storedPagesSql = pagesSql(
  'SELECT loid AS oid, pageno::int8 AS page, data FROM pg_catalog.pg_largeobject',
);

/** One page at a time, so that an object of any size needs no memory. */
const readPagesSql = pagesSql(`
  SELECT oid, page, lo_get(oid, page * 2048, 2048) AS data
  FROM (
    SELECT oid, lo_lseek64(descriptor, 0, 2) AS size, lo_close(descriptor) AS closed
    FROM (SELECT oid, lo_open(oid, 262144) AS descriptor FROM pg_catalog.pg_largeobject_metadata OFFSET 0) opened
    OFFSET 0
  ) sized CROSS JOIN LATERAL generate_series(0, (size - 1) / 2048) AS page
  WHERE size > 0`);

/** A page of zeros may be stored or be a hole, and a page that is not the last may be stored short of its zeros. */
function pagesSql(source: string): string {
  const zeros = `decode(repeat('00', 2048), 'hex')`;
  return `
    SELECT count(*) AS count, coalesce(sum(
      hash_array_extended(ARRAY[filled], hashoidextended(oid, page))), 0)::text AS hash
    FROM (
      SELECT oid, page,
             CASE WHEN length(data) = 2048 THEN data ELSE substr(data || ${zeros}, 1, 2048) END AS filled
      FROM (${source}) stored
      OFFSET 0
    ) pages
    WHERE filled <> ${zeros}`;
}

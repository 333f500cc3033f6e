import { escapeIdentifier, type Client } from 'pg';
import type { TableFingerprint } from '../domain/source-reading.ts';
import { translatePgError } from './pg-error.ts';
import { rowHash } from './row-hash.ts';
import type { TableDescription } from './tables.ts';

/** Names the rules by which rows are hashed; another name means fingerprints that cannot be compared. */
export const fingerprintAlgorithm = 'pma3';

/** Why fingerprints that were taken by these rules cannot be compared with ours; null: they can. */
export function incomparable(algorithm: string): string | null {
  if (algorithm === fingerprintAlgorithm) return null;
  return `its fingerprints are of kind '${algorithm}', this version compares '${fingerprintAlgorithm}'`;
}

/**
 * Settles everything in the session on which a printed value, a fingerprint or a long wait depends. Takes no snapshot, so
 * it may come between BEGIN and `SET TRANSACTION SNAPSHOT`; there a ROLLBACK undoes it.
 */
export async function pinSession(client: Client): Promise<void> {
  try {
    const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
    const version = Number(rows[0]?.server_version_num);
    const settings = { ...pinned, ...(version >= 170000 ? { transaction_timeout: '0' } : {}) };
    const lines = Object.entries(settings).map(([name, value]) => `SET ${name} = ${value}`);
    await client.query(lines.join('; '));
  } catch (error) {
    throw translatePgError(error, client);
  }
}

/** What printed values and fingerprints depend on, and what may not end a long wait. */
export const pinned = {
  TimeZone: `'UTC'`,
  DateStyle: `'ISO, YMD'`,
  IntervalStyle: 'postgres',
  extra_float_digits: '3',
  bytea_output: 'hex',
  xmloption: 'content',
  lc_monetary: `'C'`,
  search_path: 'pg_catalog',
  quote_all_identifiers: 'off', // reg* types print quoted names
  standard_conforming_strings: 'on',
  row_security: 'off', // a read that would be filtered is an error
  enable_indexonlyscan: 'off', // pg_dump reads the table itself, so do we
  work_mem: `'64MB'`, // so many sums of buckets stay in memory
  jit: 'off', // gains nothing here, and costs seconds on wide tables
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
};

/** The query that gives a table's number of rows and the sum of their hashes, as columns `rows` and `hash`. */
export function fingerprintSql(
  table: Pick<TableDescription, 'schema' | 'name' | 'columns'>,
): string {
  const name = `${escapeIdentifier(table.schema)}.${escapeIdentifier(table.name)}`;
  return `SELECT count(*) AS rows, coalesce(sum(${rowHash(table.columns)}), 0)::text AS hash FROM ONLY ${name}`;
}

export interface FingerprintOptions {
  /** Sessions that went through `pinSession` and see the same snapshot; each reads one table at a time. */
  readonly clients: readonly Client[];
  readonly tables: readonly TableDescription[];
  /**
   * Aborting closes the clients that are reading: there is no other way to stop a query on its own connection. The
   * server notices when it next writes to us, at the latest at the end of that query.
   */
  readonly signal?: AbortSignal;
  /** Called as each table is done, in any order. */
  readonly onTable?: (fingerprint: TableFingerprint) => void;
}

/**
 * Fingerprints in the order of `tables`. Throws the signal's reason when aborted, else the first failure
 * (`permission_denied`, `row_security`, …) after which no further table is begun and busy clients are closed.
 */
export async function fingerprintTables(options: FingerprintOptions): Promise<TableFingerprint[]> {
  const { clients, tables, signal, onTable } = options;
  signal?.throwIfAborted();
  const queue = [...tables.entries()].sort(([, a], [, b]) => b.pages - a.pages);
  const results: TableFingerprint[] = [];
  const failed = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;

  async function drain(client: Client): Promise<void> {
    for (let next = queue.shift(); next && !stop.aborted; next = queue.shift()) {
      const [index, table] = next;
      const fingerprint = await untilAborted(client, stop, () => readFingerprint(client, table));
      results[index] = fingerprint;
      onTable?.(fingerprint);
    }
  }
  const drains = clients.map((client) =>
    drain(client).catch((error: unknown) => failed.abort(failed.signal.reason ?? error)),
  );
  await Promise.all(drains);
  signal?.throwIfAborted();
  failed.signal.throwIfAborted();
  return results;
}

async function untilAborted<Result>(
  client: Client,
  stop: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  const close = (): void => void client.end().catch(() => undefined); // best effort: the connection is given up
  stop.addEventListener('abort', close, { once: true });
  try {
    return await work();
  } finally {
    stop.removeEventListener('abort', close);
  }
}

async function readFingerprint(client: Client, table: TableDescription): Promise<TableFingerprint> {
  const { schema, name } = table;
  try {
    const result = await client.query<{ rows: string; hash: string }>(fingerprintSql(table));
    const [sums = { rows: '0', hash: '0' }] = result.rows;
    return { schema, table: name, rows: Number(sums.rows), hash: sums.hash };
  } catch (error) {
    const { host, port, user, database } = client;
    const object = { kind: 'table', schema, name } as const;
    throw translatePgError(error, { host, port, user, database, object });
  }
}

import type { BaseFacts, ColumnFacts, ServerMoment, Sums, TableFacts } from './base.ts';
import { subtract } from './base.ts';

/** What a bucket that is not clean asks for; `untrusted`: what happened to its rows cannot be told. */
export type BucketVerdict = 'updates' | 'keys' | 'untrusted';

/**
 * Judges a bucket whose rows differ from the full's. `fresh` are those of its rows that look new; the others must have been
 * in the full as they are.
 */
export function judgeBucket(base: Sums, now: Sums, fresh: Sums): BucketVerdict {
  const missing = subtract(base, subtract(now, fresh));
  if (missing.rows < 0n) return 'untrusted';
  if (missing.rows === 0n)
    return missing.hash === 0n && missing.keys === 0n ? 'updates' : 'untrusted';
  return missing.rows === fresh.rows && missing.keys === fresh.keys ? 'updates' : 'keys';
}

/** The number from which on transactions count as later than the full; 32 bits of it, as rows carry them. */
export function firstNewTransaction({ snapshot }: ServerMoment): bigint {
  return transactions(snapshot).xmin & 0xffff_ffffn;
}

/** Why rows' transaction numbers say nothing about the time since the full; null: they do. */
export function distrustServer(base: ServerMoment, now: ServerMoment): string | null {
  if (base.systemIdentifier !== now.systemIdentifier)
    return `the server is another one: system identifier ${base.systemIdentifier ?? 'unknown'} before, ${now.systemIdentifier ?? 'unknown'} now`;
  if (base.timeline !== now.timeline)
    return `the server's timeline changed from ${base.timeline} to ${now.timeline}: it was promoted or recovered`;
  if (base.databaseOid !== now.databaseOid)
    return `the database was made anew: its OID was ${base.databaseOid}, is ${now.databaseOid}`;
  if (logPosition(now.lsn) < logPosition(base.lsn))
    return `the server's log is at ${now.lsn}, before the full's ${base.lsn}: its storage was set back`;
  const [before, after] = [transactions(base.snapshot), transactions(now.snapshot)];
  if (after.xmax < before.xmax)
    return `transaction numbers went back from ${before.xmax} to ${after.xmax}: the storage was set back`;
  if (after.xmax - before.xmin >= 2n ** 31n)
    return `2^31 transactions passed since the full (${before.xmin} to ${after.xmax})`;
  return null;
}

/** Why a table cannot be compared row by row with what the full saw under its OID; null: it can. */
export function distrustTable(base: TableFacts, now: TableFacts): string | null {
  const name = `table '${base.schema}.${base.name}'`;
  if (base.schema !== now.schema || base.name !== now.name)
    return `${name} was renamed to '${now.schema}.${now.name}'`;
  if (base.accessMethod !== now.accessMethod)
    return `${name} changed from access method ${base.accessMethod} to ${now.accessMethod}`;
  if (columnsText(base.columns) !== columnsText(now.columns))
    return `the columns of ${name} changed`;
  const changed = now.columns.find(
    ({ missing }, index) => missing !== null && missing !== base.columns[index]?.missing,
  );
  if (changed) return `column '${changed.name}' of ${name} has another default for its older rows`;
  if (JSON.stringify(base.key) !== JSON.stringify(now.key)) return `the key of ${name} changed`;
  return null;
}

/** A rewrite of the table fills missing values in, so they may only disappear. */
function columnsText(columns: readonly ColumnFacts[]): string {
  return JSON.stringify(columns.map((column) => ({ ...column, missing: null })));
}

type DatabaseState = Pick<
  BaseFacts,
  'properties' | 'extensions' | 'extensionRows' | 'rolesSql' | 'largeObjects'
>;

/** What belongs to the whole database and that an incremental does not carry; null: nothing of it changed. */
export function distrustDatabase(base: DatabaseState, now: DatabaseState): string | null {
  const changed = (what: 'properties' | 'extensions' | 'largeObjects'): boolean =>
    JSON.stringify(base[what]) !== JSON.stringify(now[what]);
  if (changed('properties')) return 'properties, settings or grants of the database changed';
  if (changed('extensions')) return 'the extensions changed';
  if (base.extensionRows !== undefined && base.extensionRows !== now.extensionRows)
    return 'rows in the tables of extensions changed';
  if (rolesOf(base.rolesSql) !== rolesOf(now.rolesSql)) return 'the roles changed';
  if (changed('largeObjects')) return 'large objects changed';
  return null;
}

/** `pg_dumpall` writes its version in comments and, from some versions on, a random text as a guard. */
function rolesOf(sql: string): string {
  return sql.replace(/^(--.*|\\(un)?restrict .*)\n/gm, '');
}

function transactions(snapshot: string): { xmin: bigint; xmax: bigint } {
  const [xmin = '0', xmax = '0'] = snapshot.split(':');
  return { xmin: BigInt(xmin), xmax: BigInt(xmax) };
}

function logPosition(lsn: string): bigint {
  const [high = '0', low = '0'] = lsn.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

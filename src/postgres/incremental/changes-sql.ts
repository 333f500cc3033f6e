import { escapeIdentifier, escapeLiteral } from 'pg';
import type { BaseFacts, TableBase } from '../../domain/incremental/base.ts';
import type { SequenceValue } from '../../domain/source-reading.ts';
import { fingerprintSql, pinned } from '../fingerprint.ts';
import { isIn, looksNew, qualified } from './buckets.ts';
import type { TableChange } from './changes.ts';
import { eventTriggersOff } from './firing.ts';
import { keyMatch } from './table-facts.ts';

/** SQL lines, a query whose rows stand at that place as COPY prints them, or a file whose content does. */
export type Piece = string | { readonly rowsOf: string } | { readonly file: string };

/**
 * How the script begins: everything in one transaction, nothing fires, and `pma_require` ends it where a table is not as the
 * full left it. `ON_ERROR_STOP`: `psql -f` would go on behind an error and end well.
 */
export function opening(id: string, base: Pick<BaseFacts, 'backup'>): string {
  const settings = Object.entries(pinned).filter(([name]) => !name.startsWith('enable_'));
  return [
    `\\set ON_ERROR_STOP on`,
    `\\if true`,
    `-- Its end stands behind COMMIT: to psql it is an error when the rest of this file is missing.`,
    `-- Incremental backup ${id}: brings a database restored from ${base.backup} to its own moment.`,
    `-- Apply it once, as superuser, with: psql --dbname=... --file=...`,
    `\\set QUIET on`,
    `BEGIN;`,
    `SET LOCAL client_min_messages = warning;`,
    `SET LOCAL client_encoding = 'UTF8';`,
    ...settings.map(([name, value]) => `SET LOCAL ${name} = ${value};`),
    `-- Foreign keys and triggers of the usual mode are silent; what is inserted is what the source held.`,
    `SET LOCAL session_replication_role = replica;`,
    eventTriggersOff,
    `CREATE FUNCTION pg_temp.pma_require(name text, rows bigint, hash numeric, expected bigint, expected_hash numeric)`,
    `RETURNS void LANGUAGE plpgsql PARALLEL RESTRICTED AS $pma$`,
    `BEGIN`,
    `  IF rows <> expected OR hash <> expected_hash THEN`,
    `    RAISE EXCEPTION 'wrong base: table % has % rows with fingerprint %, in ${literalText(base.backup)} it had % with %',`,
    `      name, rows, hash, expected, expected_hash`,
    `      USING HINT = 'restore ${literalText(base.backup)} into an empty database and apply ${literalText(id)} to it once; nothing was changed here';`,
    `  END IF;`,
    `END $pma$;`,
    '',
  ].join('\n');
}

/** What stands inside of a quoted text; a percent sign would be a place for a value. */
function literalText(text: string): string {
  return text.replaceAll(`'`, `''`).replaceAll('%', '%%');
}

/** Refuses a table that is not as the full left it. */
export function requirement(
  table: Parameters<typeof fingerprintSql>[0],
  { rows, hash }: Pick<TableBase, 'rows' | 'hash'>,
): string {
  const name = escapeLiteral(`${table.schema}.${table.name}`);
  return (
    `SELECT pg_temp.pma_require(${name}, found.rows, found.hash::numeric, ${rows}, ${hash}) ` +
    `FROM (${fingerprintSql(table)}) found \\gset pma_\n`
  );
}

/** What one table contributes: rows that are gone are deleted first, so that swapped unique values cannot collide. */
export function* changesOf(change: TableChange, firstNew: bigint): Generator<Piece, void> {
  const { facts, was, whole } = change;
  if (change.dirty.length === 0) return;
  yield `\n-- ${`${facts.schema}.${facts.name}`.replaceAll(/[\r\n]/g, ' ')}\n`;
  if (whole) yield* wholeTable(change, was !== null);
  else yield* changedRows(change, firstNew);
}

function* wholeTable({ table, facts }: TableChange, existed: boolean): Generator<Piece, void> {
  const name = qualified(facts);
  const columns = storedColumns(table);
  if (existed) yield `DELETE FROM ONLY ${name};\n`;
  yield `COPY ${name}${listed(columns)} FROM stdin;\n`;
  yield { rowsOf: `SELECT ${columns.join(', ')} FROM ONLY ${name}` };
  yield '\\.\n';
}

function* changedRows(change: TableChange, firstNew: bigint): Generator<Piece, void> {
  const { table, facts, dirty, keyed, freshRows } = change;
  const [name, key] = [qualified(facts), facts.key ?? []];
  const columns = storedColumns(table);
  const keys = key.map((column) => escapeIdentifier(column.name));
  const isNew = looksNew(firstNew);
  if (freshRows > 0) {
    const held = [...new Set([...columns, ...keys])]; // a key may be generated
    yield* load('pma_changed', name, held, `${isNew} AND ${isIn(change, dirty)}`);
    yield `DELETE FROM ONLY ${name} t USING pg_temp.pma_changed c WHERE ${keyMatch(key, 't', 'c')};\n`;
  }
  if (keyed.length > 0) {
    yield* load('pma_kept', name, keys, `NOT (${isNew}) AND ${isIn(change, keyed)}`);
    yield (
      `DELETE FROM ONLY ${name} t WHERE ${isIn(change, keyed)} AND NOT EXISTS (` +
      `SELECT FROM pg_temp.pma_kept c WHERE ${keyMatch(key, 't', 'c')});\n`
    );
    yield `DROP TABLE pg_temp.pma_kept;\n`;
  }
  if (freshRows > 0) {
    const list = columns.join(', ');
    yield `INSERT INTO ${name} (${list}) OVERRIDING SYSTEM VALUE SELECT ${list} FROM pg_temp.pma_changed;\n`;
    yield `DROP TABLE pg_temp.pma_changed;\n`;
  }
}

/** Rows of the source in a temporary table. */
function* load(
  target: string,
  name: string,
  columns: readonly string[],
  where: string,
): Generator<Piece, void> {
  const list = columns.join(', ');
  yield `CREATE TEMPORARY TABLE ${target} ON COMMIT DROP AS SELECT ${list} FROM ONLY ${name} WITH NO DATA;\n`;
  yield `COPY pg_temp.${target} (${list}) FROM stdin;\n`;
  yield { rowsOf: `SELECT ${list} FROM ONLY ${name} t WHERE ${where}` };
  yield `\\.\nANALYZE pg_temp.${target};\n`;
}

function storedColumns({ columns }: TableChange['table']): string[] {
  return columns.filter(({ generated }) => !generated).map(({ name }) => escapeIdentifier(name));
}

function listed(columns: readonly string[]): string {
  return columns.length === 0 ? '' : ` (${columns.join(', ')})`;
}

export function setSequence(
  { schema, sequence }: { readonly schema: string; readonly sequence: string },
  { value, isCalled }: SequenceValue,
): string {
  const name = escapeLiteral(qualified({ schema, name: sequence }));
  return `SELECT pg_catalog.setval(${name}, ${value}, ${isCalled}) \\gset pma_\n`;
}

import pg from 'pg';
import type { NamedSequence } from '../../domain/compare.ts';
import type { TableFingerprint } from '../../domain/source-reading.ts';
import { pinned } from '../fingerprint.ts';
import { qualified } from '../incremental/buckets.ts';
import { requirement } from '../incremental/changes-sql.ts';
import { translatePgError } from '../pg-error.ts';
import { triggerModes, withParents, type Relation } from '../relations.ts';
import type { TableDescription } from '../tables.ts';

/** SQL around the rows that come back: what must not stand in their way goes, and comes back as it was. */
export interface Around {
  readonly before: string;
  readonly after: string;
}

/** Empties these tables; no trigger fires, and foreign keys are checked anew when all rows are there. */
export async function replaceRows(
  client: pg.Client,
  filled: readonly Relation[],
  relations: readonly Relation[],
): Promise<Around> {
  if (filled.length === 0) return { before: '', after: '' };
  const oids = new Set(filled.map(({ oid }) => oid));
  const names = filled.map((one) => qualified(one));
  // A key of a partitioned table is one of each partition, and one to it points to each.
  const keys = await foreignKeysOf(client, [...withParents(filled, relations)]);
  const modes = await triggerModes(client, ({ oid }) => oids.has(oid));
  return {
    before: [
      `SET LOCAL lock_timeout = '30s';`,
      `LOCK TABLE ${names.map((name) => `ONLY ${name}`).join(', ')} IN ACCESS EXCLUSIVE MODE;`,
      ...keys.map(({ off }) => off),
      ...names.map((name) => `ALTER TABLE ONLY ${name} DISABLE TRIGGER USER;`),
      `TRUNCATE ${names.map((name) => `ONLY ${name}`).join(', ')};`,
    ].join('\n'),
    after: [
      `SET CONSTRAINTS ALL IMMEDIATE;`,
      ...keys.map(({ on }) => on),
      ...names.map((name) => `ALTER TABLE ONLY ${name} ENABLE TRIGGER USER;`),
      modes,
    ].join('\n'),
  };
}

async function foreignKeysOf(
  client: pg.Client,
  oids: readonly number[],
): Promise<{ off: string; on: string }[]> {
  try {
    return (await client.query<{ off: string; on: string }>(foreignKeysSql, [oids])).rows;
  } catch (error) {
    throw translatePgError(error, client);
  }
}

const foreignKeysSql = `
  SELECT format('ALTER TABLE %I.%I DROP CONSTRAINT %I;', n.nspname, c.relname, k.conname) AS off,
         format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s;', n.nspname, c.relname, k.conname,
                pg_catalog.pg_get_constraintdef(k.oid)) ||
           coalesce(format(E'\\nCOMMENT ON CONSTRAINT %I ON %I.%I IS %L;', k.conname, n.nspname,
             c.relname, pg_catalog.obj_description(k.oid, 'pg_constraint')), '') AS on
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE k.contype = 'f' AND k.conparentid = 0
    AND (k.conrelid = ANY ($1::oid[]) OR k.confrelid = ANY ($1::oid[]))
  ORDER BY k.oid`;

/** How it begins: everything in one transaction, and `pma_require` ends it where a table came back otherwise. */
export const opening = [
  'BEGIN;',
  settle(),
  `CREATE FUNCTION pg_temp.pma_require(name text, rows bigint, hash numeric, expected bigint, expected_hash numeric)`,
  `RETURNS void LANGUAGE plpgsql PARALLEL RESTRICTED AS $pma$`,
  `BEGIN`,
  `  IF rows <> expected OR hash <> expected_hash THEN`,
  `    RAISE EXCEPTION 'table % differs from the backup: % rows with fingerprint %, it had % with %',`,
  `      name, rows, hash, expected, expected_hash;`,
  `  END IF;`,
  `END $pma$;`,
].join('\n');

/** How it ends: what came back is compared with what the source held, and only then committed. */
export function ending(
  tables: readonly { readonly table: TableDescription; readonly expected: TableFingerprint }[],
  sequences: readonly NamedSequence[],
  views: readonly { readonly schema: string; readonly name: string }[],
): string {
  return [
    settle(),
    ...tables.map(({ table, expected }) => requirement(table, expected)),
    ...views.map((view) => `REFRESH MATERIALIZED VIEW ${qualified(view)};`),
    ...sequences.map(setForward),
    'COMMIT;\n',
  ].join('\n');
}

/** The dump's own SQL settles these otherwise. */
function settle(): string {
  const settings = Object.entries(pinned).map(([name, value]) => `SET LOCAL ${name} = ${value};`);
  return [`SET LOCAL client_encoding = 'UTF8';`, ...settings].join('\n');
}

/**
 * A sequence of a database in use is never set back: a number that it gave since may stand elsewhere. It is the last thing
 * before the end, for no rollback undoes it.
 */
function setForward({ schema, sequence, value }: NamedSequence): string {
  const name = qualified({ schema, name: sequence });
  const literal = pg.escapeLiteral(name);
  const isAhead = `CASE WHEN step > 0 THEN ${value.value} > last_value ELSE ${value.value} < last_value END`;
  const isCalled = `(last_value = ${value.value} AND ${value.isCalled} AND NOT is_called)`;
  return (
    `SELECT pg_catalog.setval(${literal}, ${value.value}, ${value.isCalled}) FROM (SELECT last_value, is_called, ` +
    `(SELECT seqincrement FROM pg_catalog.pg_sequence WHERE seqrelid = ${literal}::pg_catalog.regclass) AS step ` +
    `FROM ${name}) now WHERE ${isAhead} OR ${isCalled};`
  );
}

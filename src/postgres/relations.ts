import type { Client } from 'pg';
import { translatePgError } from './pg-error.ts';

/** What `pg_dump` writes data for: tables, partitioned tables, materialized views and sequences. */
export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'r' | 'p' | 'm' | 'S';
  readonly partitionOf: number | null;
  readonly extension: boolean;
}

export interface ForeignKey {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly tag: string;
  readonly from: number;
  readonly to: number;
}

export async function listRelations(client: Client): Promise<Relation[]> {
  return read<Relation>(client, relationsSql);
}

/** Which tables own a sequence or take default values from it. */
export async function listUsedSequences(
  client: Client,
): Promise<{ sequence: number; table: number }[]> {
  return read(client, usedSequencesSql);
}

/** Every foreign key whose rows are checked when it is made. */
export async function listForeignKeys(client: Client): Promise<ForeignKey[]> {
  return read<ForeignKey>(client, foreignKeysSql);
}

/** SQL that gives the triggers of these tables the modes that they have; empty where all have the usual one. */
export async function triggerModes(
  client: Client,
  isMeant: (table: { readonly oid: number }) => boolean,
): Promise<string> {
  const rows = await read<{ oid: number; line: string }>(client, triggerModesSql);
  return rows
    .filter(isMeant)
    .map(({ line }) => `${line}\n`)
    .join('');
}

/** Finds the tables that hold the rows of a table: its partitions, or itself. */
export function leafFinder(relations: readonly Relation[]): (oid: number) => number[] {
  const partitions = new Map<number, number[]>();
  for (const { oid, kind, partitionOf } of relations) {
    if (kind === 'p') partitions.set(oid, partitions.get(oid) ?? []);
    if (partitionOf === null) continue;
    partitions.set(partitionOf, [...(partitions.get(partitionOf) ?? []), oid]);
  }
  const leaves = (oid: number): number[] => partitions.get(oid)?.flatMap(leaves) ?? [oid];
  return leaves;
}

/** These tables with the partitioned ones that they are parts of. */
export function withParents(
  tables: readonly Relation[],
  relations: readonly Relation[],
): Set<number> {
  const parents = new Map(relations.map(({ oid, partitionOf }) => [oid, partitionOf]));
  const all = new Set<number>();
  for (const { oid } of tables)
    for (let up: number | null = oid; up !== null; up = parents.get(up) ?? null) all.add(up);
  return all;
}

async function read<Row extends object>(client: Client, sql: string): Promise<Row[]> {
  try {
    return (await client.query<Row>(sql)).rows;
  } catch (error) {
    throw translatePgError(error, client);
  }
}

const relationsSql = `
  SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
         (SELECT i.inhparent FROM pg_catalog.pg_inherits i
          WHERE i.inhrelid = c.oid AND c.relispartition) AS "partitionOf",
         EXISTS (
           SELECT FROM pg_catalog.pg_depend d
           WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
             AND d.objsubid = 0 AND d.deptype = 'e') AS extension
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm', 'S') AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  ORDER BY n.nspname, c.relname`;

const usedSequencesSql = `
  SELECT d.objid AS sequence, d.refobjid AS table
  FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind = 'S'
  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
    AND d.refclassid = 'pg_catalog.pg_class'::regclass
  UNION
  SELECT d.refobjid, a.adrelid
  FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attrdef a ON a.oid = d.objid
  JOIN pg_catalog.pg_class c ON c.oid = d.refobjid AND c.relkind = 'S'
  WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass
    AND d.refclassid = 'pg_catalog.pg_class'::regclass`;

const foreignKeysSql = `
  SELECT k.oid, n.nspname AS schema, c.relname AS table, k.conname AS name,
         'CONSTRAINT ' || quote_ident(k.conname) || ' ON ' || quote_ident(c.relname) AS tag,
         k.conrelid AS from, k.confrelid AS to
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE k.contype = 'f' AND k.conparentid = 0 AND k.convalidated
  ORDER BY n.nspname, c.relname, k.conname`;

const triggerModesSql = `
  SELECT t.tgrelid AS oid, format('ALTER TABLE ONLY %I.%I %s TRIGGER %I;', n.nspname, c.relname,
                CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'
                                 ELSE 'ENABLE ALWAYS' END, t.tgname) AS line
  FROM pg_catalog.pg_trigger t
  JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid AND c.relkind IN ('r', 'p')
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE t.tgenabled <> 'O' AND NOT t.tgisinternal
  ORDER BY n.nspname, c.relname, t.tgname`;

import type { Client } from 'pg';
import type { DumpKind, LeftOutForeignKey } from '../domain/dump-layout.ts';
import type { NotCompared } from '../domain/source-reading.ts';
import { tableMatcher } from '../domain/table-pattern.ts';
import { BackupError } from '../errors.ts';
import { exactPatterns } from './dump-arguments.ts';
import { leafFinder, listForeignKeys, listRelations, listUsedSequences } from './relations.ts';
import type { Relation } from './relations.ts';

/** A named set of tables that is backed up on its own. */
export interface Module {
  readonly name: string;
  /** `schema.table`, with `*` for any text. */
  readonly patterns: readonly string[];
}

export interface DumpContent {
  readonly kind: DumpKind;
  /** The rows of these tables only; null: of all. */
  readonly module: Module | null;
}

/** What of a database is dumped, found out under the snapshot of the dump. */
export interface Selection {
  /** Not a module's. */
  readonly isWhole: boolean;
  /** Whether a table's rows are dumped. */
  hasRows(table: { readonly oid: number }): boolean;
  /** Whether a sequence's value is dumped. */
  hasValue(sequence: { readonly schema: string; readonly sequence: string }): boolean;
  readonly hasLargeObjects: boolean;
  /** For `pg_dump --exclude-table-data`. */
  readonly excluded: readonly string[];
  readonly leftOut: readonly LeftOutForeignKey[];
  readonly notCompared: readonly NotCompared[];
}

/** Throws `invalid_settings` naming a pattern of the module that means no table. */
export async function selectContent(
  client: Client,
  { kind, module }: DumpContent,
): Promise<Selection> {
  if (module) return selectModule(client, module);
  const hasData = kind !== 'schema_only';
  return {
    isWhole: true,
    hasRows: () => hasData,
    hasValue: () => hasData,
    hasLargeObjects: hasData,
    excluded: [],
    leftOut: [],
    notCompared: { full: [], schema_only: withoutData, data_only: withoutViews }[kind],
  };
}

const withoutData: readonly NotCompared[] = [
  { what: 'rows, values of sequences, large objects', why: 'a schema_only backup has none' },
];
const withoutViews: readonly NotCompared[] = [
  { what: 'contents of materialized views', why: 'a data_only backup does not refresh them' },
];

async function selectModule(client: Client, module: Module): Promise<Selection> {
  const relations = await listRelations(client);
  const chosen = chooseRelations(relations, module);
  const sequences = await usedSequences(client, relations, chosen);
  const kept = new Set([...chosen, ...sequences]);
  const names = new Set(
    relations.filter(({ oid }) => sequences.has(oid)).map(({ schema, name }) => key(schema, name)),
  );
  const leftOut = await foreignKeysOutside(client, relations, chosen);
  return {
    isWhole: false,
    hasRows: ({ oid }) => chosen.has(oid),
    hasValue: ({ schema, sequence }) => names.has(key(schema, sequence)),
    hasLargeObjects: false,
    excluded: exactPatterns(relations.filter(({ oid }) => !kept.has(oid))),
    leftOut,
    notCompared: [...outsideOf(module), ...leftOut.map(leftOutLine)],
  };
}

/** The tables and materialized views that the patterns mean; a partitioned table stands for its partitions. */
function chooseRelations(relations: readonly Relation[], module: Module): Set<number> {
  const choosable = relations.filter(({ kind, extension }) => kind !== 'S' && !extension);
  const chosen = module.patterns.flatMap((pattern) => {
    const found = choosable.filter(tableMatcher(pattern));
    if (found.length > 0) return found;
    throw new BackupError(
      'invalid_settings',
      `pattern '${pattern}' of module '${module.name}' matches no table`,
      { hint: `write it as schema.table, '*' stands for any text` },
    );
  });
  const oids = chosen.map(({ oid }) => oid);
  return new Set([...oids, ...oids.flatMap(leafFinder(relations))]);
}

/** A partition takes its numbers from a sequence of the table that it is a part of. */
async function usedSequences(
  client: Client,
  relations: readonly Relation[],
  chosen: ReadonlySet<number>,
): Promise<Set<number>> {
  const parents = new Map(relations.map(({ oid, partitionOf }) => [oid, partitionOf]));
  const users = new Set(chosen);
  for (let oid of chosen) {
    for (let up = parents.get(oid) ?? null; up !== null; up = parents.get(oid) ?? null) {
      users.add(up);
      oid = up;
    }
  }
  const uses = await listUsedSequences(client);
  return new Set(uses.filter(({ table }) => users.has(table)).map(({ sequence }) => sequence));
}

/** A foreign key of rows that are restored, to rows that may not be. */
async function foreignKeysOutside(
  client: Client,
  relations: readonly Relation[],
  chosen: ReadonlySet<number>,
): Promise<LeftOutForeignKey[]> {
  const leavesOf = leafFinder(relations);
  const isChosen = (oid: number): boolean => chosen.has(oid);
  const found = (await listForeignKeys(client)).filter(
    ({ from, to }) => leavesOf(from).some(isChosen) && !leavesOf(to).every(isChosen),
  );
  return found.map(({ oid, schema, table, name, tag }) => ({ oid, schema, table, name, tag }));
}

function outsideOf({ name }: Module): NotCompared[] {
  const why = `they are not part of module '${name}'`;
  return [
    { what: 'rows of other tables, values of other sequences', why: `${why}: restored empty` },
    { what: 'large objects', why },
    { what: 'contents of other materialized views', why },
  ];
}

function leftOutLine({ schema, table, name }: LeftOutForeignKey): NotCompared {
  return {
    what: `foreign key '${name}' of table '${schema}.${table}'`,
    why: 'it points to rows outside of the module: left out of the restore',
  };
}

function key(schema: string, name: string): string {
  return JSON.stringify([schema, name]);
}

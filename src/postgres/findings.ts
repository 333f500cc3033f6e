import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  compareProperties,
  compareSequences,
  compareTables,
  type NamedSequence,
} from '../domain/compare.ts';
import { formatCount } from '../domain/format.ts';
import { compareGlobals } from '../domain/globals.ts';
import { describedDump } from '../domain/dump-layout.ts';
import type { Proof } from '../domain/proof.ts';
import type { Omitted } from '../domain/restore.ts';
import {
  compareSchemas,
  splitSchema,
  withoutOmitted,
  type SchemaEntry,
} from '../domain/schema-entries.ts';
import type { NotCompared, SourceReading } from '../domain/source-reading.ts';
import type { RestoredReading } from './restored-reading.ts';
import {
  readDumpedRefreshes,
  readDumpedSequences,
  readLargeObjectSchema,
  readToc,
  tablespacesIn,
  type Dump,
  type TocEntry,
} from './toc.ts';

/** What a test restore found out, whatever it means. */
export type Findings = Pick<
  Proof,
  | 'tables'
  | 'sequences'
  | 'largeObjects'
  | 'schemaObjects'
  | 'otherDifferences'
  | 'notCompared'
  | 'firstDifferences'
>;

export interface ComparisonOptions {
  readonly dump: Dump;
  /** The directory that holds `verify/`. */
  readonly directory: string;
  readonly source: SourceReading;
  readonly restored: RestoredReading;
  /** Roles that the scratch server had before; null: none are compared. */
  readonly untouchedRoles: readonly string[] | null;
  /** The locale that the scratch server lacks. */
  readonly locale: NotCompared | null;
  /** What was not restored on purpose. */
  readonly omitted?: Omitted | undefined;
  /** Another major version of the server or of `pg_dump`: definitions are not written the same way. */
  readonly namesOnly: boolean;
}

/** Nothing was compared: what a proof says that ended before. */
export function noFindings(source: SourceReading): Findings {
  const { count, hash } = source.largeObjects;
  return {
    tables: [],
    sequences: [],
    largeObjects: { expected: { rows: count, hash }, restored: null, equal: false },
    schemaObjects: { compared: 0, differences: [] },
    otherDifferences: [],
    notCompared: source.notCompared,
    firstDifferences: [],
  };
}

/** Compares everything that was restored with what the source held and what the dump says. */
export async function compareWithSource(options: ComparisonOptions): Promise<Findings> {
  const { dump, directory, source, restored, omitted = nothing } = options;
  const split = (sql: string) => withoutOmitted(splitSchema(sql), omitted);
  const toc = await readToc(dump);
  const [before, after, globals] = (await Promise.all(
    ['schema-before.sql', 'schema-after.sql', 'globals.sql'].map((file) =>
      readFile(path.join(directory, 'verify', file), 'utf8'),
    ),
  )) as [string, string, string];
  const dumpedLargeObjects = split(await readLargeObjectSchema(dump, toc));
  const isCompared = notLeftOut(source);
  const { count, hash } = source.largeObjects;
  return {
    tables: compareTables(source.tables, restored.tables),
    sequences: compareSequences(
      source.sequences,
      await expectedSequences(source, dump, toc),
      restored.sequences,
    ),
    largeObjects: {
      expected: { rows: count, hash },
      restored: { rows: restored.largeObjects.count, hash: restored.largeObjects.hash },
      equal: restored.largeObjects.count === count && restored.largeObjects.hash === hash,
    },
    schemaObjects: compareSchemas({
      before: [...split(before).filter(isCompared), ...dumpedLargeObjects],
      after: [...split(after).filter(isCompared), ...dumpedLargeObjects],
      restored: [
        ...split(restored.schema),
        ...split(restored.largeObjectSchema).filter(isLargeObject),
      ],
      namesOnly: options.namesOnly,
    }),
    otherDifferences: [
      ...compareProperties(source.properties, restored.properties, {
        ...omitted,
        locale: options.locale !== null,
      }),
      ...compareRoles(options, globals),
      ...compareExtensions(source, restored),
      ...compareFilledViews(
        source.filledViews ?? (await readDumpedRefreshes(dump, toc)),
        restored.filledViews,
      ),
    ],
    notCompared: listNotCompared(options, before),
    firstDifferences: [],
  };
}

/** An incremental sets every sequence to what was read last, or leaves it where its full set it to the same. */
async function expectedSequences(
  source: SourceReading,
  dump: Dump,
  toc: readonly TocEntry[],
): Promise<NamedSequence[]> {
  if (describedDump(source).kind !== 'incremental') return readDumpedSequences(dump, toc);
  return source.sequences.flatMap(({ schema, sequence, after: value }) =>
    value ? [{ schema, sequence, value }] : [],
  );
}

const nothing: Omitted = { owners: false, privileges: false };

function compareRoles(
  { restored, untouchedRoles, namesOnly }: ComparisonOptions,
  expected: string,
): string[] {
  if (untouchedRoles === null) return [];
  return compareGlobals({
    expected,
    restored: restored.globals,
    untouched: untouchedRoles,
    namesOnly,
  });
}

function isLargeObject({ name, type }: SchemaEntry): boolean {
  return type.startsWith('BLOB') || /^(ACL|COMMENT|SECURITY LABEL) LARGE OBJECTS? /.test(name);
}

/** Foreign keys that the dump of a module leaves out, and the comments on them, are in the source's schema. */
function notLeftOut(source: SourceReading): (entry: SchemaEntry) => boolean {
  const names = describedDump(source).leftOut.flatMap(({ schema, table, name, tag }) => [
    `FK CONSTRAINT ${schema}.${table} ${name}`,
    `COMMENT ${schema}.${tag}`,
  ]);
  const leftOut = new Set(names.map((name) => name.replace(/[\r\n]/g, ' ')));
  return ({ name }) => !leftOut.has(name);
}

function compareExtensions(source: SourceReading, restored: RestoredReading): string[] {
  return source.extensions.flatMap(({ name, version, schema }) => {
    const found = restored.extensions.find((each) => each.name === name);
    if (found?.version === version && found.schema === schema) return [];
    const got = found ? `version '${found.version}' in '${found.schema}'` : 'none';
    return [`extension '${name}': expected version '${version}' in '${schema}', restored ${got}`];
  });
}

type Views = readonly { readonly schema: string; readonly name: string }[];

/** Restored ones that are too much are found as such in the schema. */
function compareFilledViews(dumped: Views, restored: Views): string[] {
  const [wanted, got] = [dumped, restored].map(
    (views) => new Set(views.map(({ schema, name }) => `'${schema}.${name}'`)),
  ) as [Set<string>, Set<string>];
  return [
    ...[...wanted].filter((view) => !got.has(view)).map((view) => [view, 'filled', 'empty']),
    ...[...got].filter((view) => !wanted.has(view)).map((view) => [view, 'empty', 'filled']),
  ].map(
    ([view, expected, found]) =>
      `materialized view ${view ?? ''}: expected ${expected ?? ''}, restored ${found ?? ''}`,
  );
}

function listNotCompared(options: ComparisonOptions, schema: string): NotCompared[] {
  const tablespaces = tablespacesIn(schema);
  return [
    ...options.source.notCompared,
    ...(options.locale ? [options.locale] : []),
    ...omittedLines(options.omitted ?? nothing),
    ...(options.namesOnly
      ? [
          {
            what: 'definitions of schema objects and attributes of roles',
            why: 'source and scratch server, or the pg_dump of each, differ in major version: names only',
          },
        ]
      : []),
    ...[...tablespaces].map(([name, count]) => ({
      what: `tablespace '${name}' of ${formatCount(count, 'object')}`,
      why: 'restored without tablespaces',
    })),
  ];
}

function omittedLines({ owners, privileges }: Omitted): NotCompared[] {
  const why = 'not restored, as asked for';
  return [
    ...(owners ? [{ what: 'owners', why }] : []),
    ...(privileges ? [{ what: 'grants and settings of roles', why }] : []),
  ];
}

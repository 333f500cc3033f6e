import type { SchemaDifference } from './proof.ts';
import type { Omitted } from './restore.ts';
import { findComments, firstParentheses, splitSql } from './sql-text.ts';

/** One object of a schema as `pg_dump --schema-only` writes it, in a form in which equal things are equal texts. */
export interface SchemaEntry {
  /** `TABLE public.orders`, `ACL public.TABLE orders`: what it is called in reports, and what it is matched by. */
  readonly name: string;
  readonly type: string;
  readonly definition: string;
  /** As it stands there, without what sets the place of tables. */
  readonly text: string;
}

const header = /^-- Name: (?<what>.*?); Type: (?<type>[A-Z ]+); Schema: (?<schema>.*); Owner: .*$/u;
const environmentLine = /^SET (default_tablespace|default_table_access_method) = .*\n?/gm;
const environment = /^SET (default_tablespace|default_table_access_method) = /;
const guard = /\\unrestrict \w+\s*$/; // against scripts that smuggle psql commands in; a new random text each time
const bodies = new Set(['FUNCTION', 'PROCEDURE']);
const withSecrets = new Set(['SUBSCRIPTION', 'USER MAPPING', 'SERVER', 'FOREIGN DATA WRAPPER']);
const longest = 4000;

/** Splits the output of `pg_dump --schema-only` into its entries; what depends on the place it was written in is left out. */
export function splitSchema(sql: string): SchemaEntry[] {
  const starts = findHeaders(sql);
  let accessMethod = accessMethodIn(sql.slice(0, starts[0]?.start ?? sql.length)) ?? 'heap';
  return starts.map(({ line, end }, index) => {
    const text = sql.slice(end, starts[index + 1]?.start ?? sql.length);
    const entry = toEntry(line, text, accessMethod);
    accessMethod = accessMethodIn(text) ?? accessMethod; // written behind one entry, it holds from the next one on
    return entry;
  });
}

/** The entries as they are after a restore that left these things out. */
export function withoutOmitted(
  entries: readonly SchemaEntry[],
  { owners, privileges }: Omitted,
): readonly SchemaEntry[] {
  const kept = privileges ? entries.filter(({ type }) => !isGrant(type)) : entries;
  return owners ? kept.map(withoutOwner) : kept;
}

function isGrant(type: string): boolean {
  return type === 'ACL' || type === 'DEFAULT ACL';
}

function withoutOwner(entry: SchemaEntry): SchemaEntry {
  const statements = entry.definition.split(';\n');
  const isOwner = (statement: string) => /^ALTER [A-Z ]+ [^\n]* OWNER TO [^\n]+$/.test(statement);
  return {
    ...entry,
    definition: statements.filter((statement) => !isOwner(statement)).join(';\n'),
  };
}

/**
 * Compares what was restored with the source's readings before and after the dump: each entry must equal one of them.
 * `namesOnly` compares no definitions: different major versions write them differently.
 */
export function compareSchemas(options: {
  readonly before: readonly SchemaEntry[];
  readonly after: readonly SchemaEntry[];
  readonly restored: readonly SchemaEntry[];
  readonly namesOnly: boolean;
}): { compared: number; differences: SchemaDifference[] } {
  const [before, after, restored] = [options.before, options.after, options.restored].map((list) =>
    byName(list, options.namesOnly),
  ) as [Definitions, Definitions, Definitions];
  const names = new Set([...before.keys(), ...after.keys(), ...restored.keys()]);
  const differences: SchemaDifference[] = [];
  for (const name of names) {
    const got = restored.get(name) ?? [];
    const readings = [before.get(name) ?? [], after.get(name) ?? []] as const;
    if (readings.some((reading) => isSame(reading, got))) continue;
    differences.push(differenceOf(name, readings[1].length > 0 ? readings[1] : readings[0], got));
  }
  return { compared: names.size, differences };
}

type Definitions = Map<string, string[]>;

/** The name's sort is the definitions' sort: two objects may have one header, names with line breaks for instance. */
function byName(entries: readonly SchemaEntry[], namesOnly: boolean): Definitions {
  const map: Definitions = new Map();
  for (const { name, definition } of entries) {
    const list = map.get(name) ?? [];
    list.push(namesOnly ? '' : definition);
    map.set(name, list);
  }
  for (const list of map.values()) list.sort();
  return map;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}

function differenceOf(
  entry: string,
  expected: readonly string[],
  restored: readonly string[],
): SchemaDifference {
  const problem =
    restored.length < expected.length
      ? 'missing'
      : restored.length > expected.length
        ? 'unexpected'
        : 'different';
  const onlyHere = (list: readonly string[], other: readonly string[]) =>
    list.find((text) => !other.includes(text)) ?? list[0];
  return {
    entry,
    problem,
    expected: shown(entry, onlyHere(expected, restored)),
    restored: shown(entry, onlyHere(restored, expected)),
  };
}

/** A proof is kept and sent around: definitions that may hold a password do not belong into it. */
function shown(entry: string, definition: string | undefined): string | null {
  if (definition === undefined || definition === '') return null;
  if ([...withSecrets].some((type) => entry.startsWith(`${type} `))) return '(not shown)';
  return definition.length > longest ? `${definition.slice(0, longest)}…` : definition;
}

interface Header {
  readonly line: string;
  readonly start: number;
  readonly end: number;
}

/** `pg_dump` writes a header as three comment lines, the outer two empty. */
function findHeaders(sql: string): Header[] {
  const found = [...findComments(sql)];
  return found.flatMap(({ text, start, end }, index) => {
    const [previous, next] = [found[index - 1], found[index + 1]];
    const framed = previous?.end === start && previous.text === '--' && next?.start === end;
    return framed && header.test(text)
      ? [{ line: text, start: previous.start, end: next.end }]
      : [];
  });
}

function toEntry(line: string, text: string, accessMethod: string): SchemaEntry {
  const [, what = '', type = '', schema = ''] = header.exec(line) ?? [];
  const storage =
    accessMethod !== 'heap' && /^(TABLE|MATERIALIZED VIEW)$/.test(type)
      ? `;\n-- access method ${accessMethod}`
      : '';
  return {
    name: `${type} ${schema === '-' || schema === '' ? '' : `${schema}.`}${what}`,
    type,
    definition: normalise(type, text) + storage,
    text: text.replace(guard, '').replace(environmentLine, '').trim(),
  };
}

function accessMethodIn(text: string): string | undefined {
  return [...text.matchAll(/^SET default_table_access_method = (.*);$/gm)].at(-1)?.[1];
}

function normalise(type: string, text: string): string {
  const statements = splitSql(text.replace(guard, ''), ';').filter(
    (statement) => !environment.test(statement),
  );
  if (bodies.has(type)) return statements.join(';\n'); // a body of `BEGIN ATOMIC` has an order
  if (isGrant(type)) return joinSessions(statements).sort().join(';\n');
  return statements
    .map((statement) => sortColumns(type, statement))
    .sort()
    .join(';\n');
}

/** Who granted belongs to the grant: what stands between `SET SESSION AUTHORIZATION` and `RESET` is one unit. */
function joinSessions(statements: readonly string[]): string[] {
  let who = '';
  return statements.flatMap((statement) => {
    if (statement.startsWith('SET SESSION AUTHORIZATION ')) who = `${statement}; `;
    else if (statement === 'RESET SESSION AUTHORIZATION') who = '';
    else return [who + statement];
    return [];
  });
}

/** The children of inheritance come back with their columns in another order, and what lists them by number follows. */
function sortColumns(type: string, statement: string): string {
  if (type === 'STATISTICS') return sortStatistics(statement);
  const isList =
    (/TABLE$/.test(type) && /^CREATE (UNLOGGED |FOREIGN )*TABLE /.test(statement)) ||
    /^ALTER PUBLICATION .* ADD TABLE /s.test(statement);
  const parts = isList ? firstParentheses(statement) : undefined;
  if (!parts || / WHERE $/.test(parts.before)) return statement;
  return `${parts.before}(${sorted(parts.inside)})${parts.behind}`;
}

function sortStatistics(statement: string): string {
  const match = /^(?<head>CREATE STATISTICS .*? ON )(?<columns>.*)(?<tail> FROM .*)$/s.exec(
    statement,
  );
  if (!match?.groups) return statement;
  const { head = '', columns = '', tail = '' } = match.groups;
  return head + sorted(columns) + tail;
}

function sorted(list: string): string {
  return splitSql(list, ',').sort().join(', ');
}

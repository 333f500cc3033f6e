import { splitSchema, type SchemaEntry } from '../schema-entries.ts';

/** What has to be done to a full's schema to make it the present one. */
export interface SchemaChanges {
  /** Runs before rows are written: tables and the sequences that belong to them. */
  readonly before: readonly string[];
  /** Runs behind the rows: keys, indexes, triggers, grants. */
  readonly after: readonly string[];
  /** Qualified and quoted names, as `pg_dump` writes them. */
  readonly created: readonly string[];
  readonly dropped: readonly string[];
}

/**
 * Finds new and dropped tables with all that belongs to them; anything else that changed is the reason why an incremental
 * cannot follow. Both texts are of one version of `pg_dump`.
 */
export function compareSchemaTexts(before: string, now: string): SchemaChanges | string {
  const [old, present] = [splitSchema(before), splitSchema(now)];
  const gone = without(old, present);
  const come = without(present, old);
  const changed = come.find(({ name }) => gone.some((entry) => entry.name === name));
  if (changed) return `${changed.name} was changed`;
  const created = belonging(come);
  if (typeof created === 'string') return `${created} is new`;
  const dropped = belonging(gone);
  if (typeof dropped === 'string') return `${dropped} is gone`;
  const inOrder = come.toSorted((a, b) => rank(a) - rank(b));
  return {
    before: inOrder.filter((entry) => rank(entry) === 0).map(script),
    after: inOrder.filter((entry) => rank(entry) > 0).map(script),
    created,
    dropped,
  };
}

/** Entries of the one that are not, with the same definition, in the other. */
function without(entries: readonly SchemaEntry[], others: readonly SchemaEntry[]): SchemaEntry[] {
  const key = ({ name, definition }: SchemaEntry): string => JSON.stringify([name, definition]);
  const known = new Set(others.map(key));
  return entries.filter((entry) => !known.has(key(entry)));
}

/**
 * In which order what belongs to a new table is made. An attached partition gets the indexes of its parent that it lacks,
 * under names of its own: so it has to have them before.
 */
const ranks: Readonly<Record<string, number>> = {
  TABLE: 0,
  SEQUENCE: 0,
  'SEQUENCE OWNED BY': 0,
  DEFAULT: 0,
  CONSTRAINT: 1,
  INDEX: 1,
  'TABLE ATTACH': 2,
};
const later = new Set([
  'INDEX ATTACH',
  'FK CONSTRAINT',
  'CHECK CONSTRAINT',
  'TRIGGER',
  'RULE',
  'POLICY',
  'ROW SECURITY',
  'STATISTICS',
  'PUBLICATION TABLE',
  'COMMENT',
  'ACL',
]);

function rank({ type }: SchemaEntry): number {
  return ranks[type] ?? 3;
}

/**
 * The names of the tables among these entries, when every other entry belongs to one of them; else the first entry that
 * does not. What belongs to a table names it, or names a sequence or an index that does.
 */
function belonging(entries: readonly SchemaEntry[]): string[] | string {
  const tables = entries.filter(({ type }) => type === 'TABLE').map(made);
  const names = new Set(tables);
  let rest = entries.filter(({ type }) => type !== 'TABLE');
  for (let found = true; found;) {
    const mine = rest.filter(
      (entry) => isCarried(entry) && [...names].some((name) => mentions(entry, name)),
    );
    found = mine.length > 0;
    rest = rest.filter((entry) => !mine.includes(entry));
    for (const entry of mine) for (const name of namesMade(entry)) names.add(name);
  }
  return rest[0]?.name ?? tables;
}

function isCarried({ type }: SchemaEntry): boolean {
  return type in ranks || later.has(type);
}

function namesMade(entry: SchemaEntry): string[] {
  const owned = /(?:^ALTER SEQUENCE (\S+) OWNED BY |SEQUENCE NAME (\S+))/m.exec(entry.definition);
  const sequence = owned?.[1] ?? owned?.[2];
  const index = /^CREATE (?:UNIQUE )?INDEX (.+?) ON (?:ONLY )?/m.exec(entry.definition)?.[1];
  const constraint = /ADD CONSTRAINT (.+?) (?:PRIMARY KEY|UNIQUE|EXCLUDE)/m.exec(
    entry.definition,
  )?.[1];
  const schema = /(?:ON|TABLE) (?:ONLY )?((?:"(?:[^"]|"")*"|[^\s."]+)\.)/.exec(
    entry.definition,
  )?.[1];
  const inSchema = [index, constraint].flatMap((name) =>
    name === undefined || schema === undefined ? [] : [schema + name],
  );
  return [...(sequence === undefined ? [] : [sequence]), ...inSchema];
}

const namePart = '(?:"(?:[^"]|"")*"|[^\\s."(]+)';

function made({ definition }: SchemaEntry): string {
  const name = new RegExp(`^CREATE (?:UNLOGGED )?TABLE (${namePart}\\.${namePart})`, 'm').exec(
    definition,
  )?.[1];
  return name ?? '';
}

/** Whether the name stands in the definition as a whole: `a.b` is not in `a.bc`. */
function mentions({ definition }: SchemaEntry, name: string): boolean {
  if (name === '') return false;
  for (let at = definition.indexOf(name); at >= 0; at = definition.indexOf(name, at + 1)) {
    const [before, behind] = [definition[at - 1] ?? ' ', definition[at + name.length] ?? ' '];
    if (!isNameCharacter(before) && !isNameCharacter(behind)) return true;
  }
  return false;
}

function isNameCharacter(character: string): boolean {
  return /[\p{L}\p{N}_$"]/u.test(character);
}

/** As `pg_dump` wrote it, in the access method that it had. */
function script({ type, text, definition }: SchemaEntry): string {
  if (type !== 'TABLE') return text;
  const method = /\n-- access method (.*)$/.exec(definition)?.[1] ?? 'heap';
  return `SET LOCAL default_table_access_method = ${method};\n${text}`;
}

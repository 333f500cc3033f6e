import { keyOf } from '../../domain/restore-inside.ts';
import { describedDump } from '../../domain/dump-layout.ts';
import type { SourceReading } from '../../domain/source-reading.ts';
import type { NamedRelation } from '../../domain/table-pattern.ts';
import { readDefinedTables, readLinkedToc, type Dump, type LinkedEntry } from '../toc.ts';

/** A table of a dump: how it is made, and its rows. */
export interface DumpedTable {
  readonly table: NamedRelation;
  /** null: a `data_only` dump. */
  readonly definition: LinkedEntry | null;
  /** null: it has none of its own, or they are not part of the backup. */
  readonly rows: LinkedEntry | null;
}

export interface DumpContents {
  readonly toc: readonly LinkedEntry[];
  readonly tables: readonly DumpedTable[];
}

/** The tables of a dump with their entries. */
export async function readContents(dump: Dump, source: SourceReading): Promise<DumpContents> {
  const toc = await readLinkedToc(dump);
  const data = toc.filter(({ text }) => text.startsWith('TABLE DATA '));
  if (describedDump(source).kind === 'data_only') {
    const names = source.tables.map(({ schema, table }) => ({ schema, name: table }));
    const tables = data.flatMap((rows) => {
      const table = tableOf(rows, names);
      return table ? [{ table, definition: null, rows }] : [];
    });
    return { toc, tables };
  }
  const defined = await readDefinedTables(dump, toc);
  const rowsOf = new Map(data.map((rows) => [rows.needs[0], rows]));
  const tables = toc.flatMap((definition) => {
    const table = defined.get(definition.id);
    return table ? [{ table, definition, rows: rowsOf.get(definition.id) ?? null }] : [];
  });
  return { toc, tables };
}

/** Names may hold blanks: the longest one that fits is meant. */
function tableOf({ text }: LinkedEntry, names: readonly NamedRelation[]) {
  const fitting = names.filter(({ schema, name }) =>
    text.startsWith(`TABLE DATA ${schema} ${name} `.replace(/[\r\n]/g, ' ')),
  );
  return fitting.sort((one, other) => keyOf(other).length - keyOf(one).length)[0];
}

// They carry their table's name, so that a foreign key to a table is not taken for one of that table.
const named =
  /^(TABLE DATA|TABLE ATTACH|DEFAULT|CONSTRAINT|CHECK CONSTRAINT|FK CONSTRAINT|TRIGGER|RULE|ROW SECURITY|POLICY|STATISTICS DATA) /;
// These are of whatever they need.
const following =
  /^(INDEX|INDEX ATTACH|STATISTICS|SEQUENCE|SEQUENCE OWNED BY|SEQUENCE SET|COMMENT|ACL|SECURITY LABEL) /;

/** The entries that make these tables with all that belongs to them, in the order of the dump. */
export function withBelongings(
  toc: readonly LinkedEntry[],
  made: readonly (DumpedTable & { readonly definition: LinkedEntry })[],
): LinkedEntry[] {
  const names = new Map(made.map(({ definition, table }) => [definition.id, table]));
  const chosen = new Set(names.keys());
  const isTheirs = ({ text, needs }: LinkedEntry): boolean => {
    if (text.startsWith('INDEX ATTACH ')) return needs.every((id) => chosen.has(id));
    const type = named.exec(text)?.[0];
    if (type === undefined) return following.test(text) && needs.some((id) => chosen.has(id));
    return needs.some((id) => {
      const table = names.get(id);
      return table !== undefined && text.startsWith(ownText(type, table));
    });
  };
  for (let before = -1; before < chosen.size;) {
    before = chosen.size;
    for (const entry of toc) if (isTheirs(entry)) chosen.add(entry.id);
  }
  return partitionsLast(
    toc.filter(({ id }) => chosen.has(id)),
    chosen,
  );
}

function ownText(type: string, { schema, name }: NamedRelation): string {
  return `${type}${schema} ${name} `.replace(/[\r\n]/g, ' ');
}

// A table that is there already gives a new partition its indexes, unless the partition has them when it comes.
function partitionsLast(entries: readonly LinkedEntry[], chosen: ReadonlySet<number>) {
  const joinsOther = ({ text, needs }: LinkedEntry): boolean =>
    text.startsWith('TABLE ATTACH ') && !needs.every((id) => chosen.has(id));
  return [
    ...entries.filter((entry) => !joinsOther(entry)),
    ...entries.filter((entry) => joinsOther(entry)),
  ];
}

/** The foreign keys among these entries that point to a table which is neither among them nor at the target. */
export function danglingKeys(
  entries: readonly LinkedEntry[],
  { tables }: DumpContents,
  isThere: (table: NamedRelation) => boolean,
): LinkedEntry[] {
  const ids = new Set(entries.map(({ id }) => id));
  const lost = new Set(
    tables.flatMap(({ definition, table }) =>
      definition && !ids.has(definition.id) && !isThere(table) ? [definition.id] : [],
    ),
  );
  return entries.filter(
    ({ text, needs }) => text.startsWith('FK CONSTRAINT ') && needs.some((id) => lost.has(id)),
  );
}

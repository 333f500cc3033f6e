import { splitName } from '../sql-text.ts';
import type { TableBase, TableFacts } from './base.ts';
import type { SchemaChanges } from './schema-changes.ts';
import { distrustTable } from './trust.ts';

/** How each table's rows are found that an incremental has to carry. */
export interface TablePlan<Facts extends TableFacts> {
  /** Compared bucket by bucket; only what changed is written. */
  readonly byRows: readonly { readonly was: TableBase; readonly now: Facts }[];
  /** Without a key, or made anew in the same form: written whole where the fingerprint differs. */
  readonly whole: readonly { readonly was: TableBase; readonly now: Facts }[];
  /** New ones: written whole behind their DDL. */
  readonly created: readonly Facts[];
}

/** Puts the full's tables and the present ones side by side; gives the reason where an incremental cannot follow. */
export function planTables<Facts extends TableFacts>(options: {
  readonly base: readonly TableBase[];
  readonly now: readonly Facts[];
  readonly schema: Pick<SchemaChanges, 'created' | 'dropped'>;
}): TablePlan<Facts> | string {
  const { base, schema } = options;
  const byOid = new Map(base.map((table) => [table.oid, table]));
  const byName = new Map(base.map((table) => [nameOf(table), table]));
  const [created, dropped] = [namesOf(schema.created), namesOf(schema.dropped)];
  const plan = { byRows: [], whole: [], created: [] } as {
    [Field in keyof TablePlan<Facts>]: TablePlan<Facts>[Field][number][];
  };
  for (const now of options.now) {
    const same = byOid.get(now.oid);
    const was = same ?? byName.get(nameOf(now));
    const reason = same && distrustTable(same, now);
    if (reason) return reason;
    if (was) plan[was === same && isTrusted(now) ? 'byRows' : 'whole'].push({ was, now });
    else if (created.has(nameOf(now))) plan.created.push(now);
    else return `table '${now.schema}.${now.name}' is no part of the full`;
  }
  return lostTable(options.now, base, dropped) ?? plan;
}

function lostTable(
  now: readonly TableFacts[],
  base: readonly TableBase[],
  dropped: ReadonlySet<string>,
): string | undefined {
  const present = new Set([...now.map(nameOf), ...dropped]);
  const lost = base.find((table) => !present.has(nameOf(table)));
  return lost && `table '${lost.schema}.${lost.name}' is no part of the backup any more`;
}

function nameOf({ schema, name }: Pick<TableFacts, 'schema' | 'name'>): string {
  return JSON.stringify([schema, name]);
}

/** Of names as `pg_dump` writes them. */
function namesOf(names: readonly string[]): Set<string> {
  return new Set(names.map((name) => JSON.stringify(splitName(name))));
}

/** Only a heap keeps `xmin` as we understand it. */
function isTrusted({ key, accessMethod }: TableFacts): boolean {
  return key !== null && accessMethod === 'heap';
}

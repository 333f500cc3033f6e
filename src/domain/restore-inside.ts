import type { Manifest } from './manifest.ts';
import type { InsidePlan, Obstacle, TargetState } from './restore.ts';
import type { RestoreWish } from './restore-input.ts';
import { obstacle } from './restore-obstacle.ts';
import { tableMatcher, type NamedRelation } from './table-pattern.ts';
import { words, type Part, type Words } from './words.ts';

/** A table, or the partitioned one that it is a part of, where it is restored into. */
export interface ExistingRelation extends NamedRelation {
  readonly oid: number;
  readonly kind: 'r' | 'p' | 'm' | 'S';
  readonly partitionOf: number | null;
}

type Content = Pick<Manifest, 'kind' | 'module' | 'artifact' | 'source'>;

interface Target {
  readonly state: TargetState;
  readonly relations: readonly ExistingRelation[];
}

/**
 * Whether a restore goes into the database that is there, which stays, and whose rows it may replace; null: it brings a
 * database of its own. Selected tables do, and so does what holds no more than a part of a database that is in use.
 */
export function planInside(
  { tables, create }: Pick<RestoreWish, 'tables' | 'create'>,
  manifest: Content,
  { state, relations }: Target,
): InsidePlan | null {
  const isPart = manifest.module !== null || manifest.kind === 'data_only';
  if (tables === null && !(isPart && state === 'filled' && !create)) return null;
  const isThere = new Set(relations.filter(({ kind }) => kind === 'r').map(keyOf));
  const replaced = chosenTables(manifest, tables, relations).filter((one) =>
    isThere.has(keyOf(one)),
  );
  return { patterns: tables, replaced };
}

/** The tables with rows of their own that the patterns mean; without patterns all that the backup knows. */
export function chosenTables(
  { source }: Pick<Manifest, 'source'>,
  patterns: readonly string[] | null,
  relations: readonly ExistingRelation[],
): NamedRelation[] {
  const isMeant = matcher(patterns, relations);
  return source.tables.map(({ schema, table }) => ({ schema, name: table })).filter(isMeant);
}

/** A pattern that means a partitioned table means its partitions, too. */
export function matcher(
  patterns: readonly string[] | null,
  relations: readonly ExistingRelation[],
): (relation: NamedRelation) => boolean {
  if (patterns === null) return () => true;
  const matchers = patterns.map(tableMatcher);
  const byOid = new Map(relations.map((one) => [one.oid, one]));
  const byName = new Map(relations.map((one) => [keyOf(one), one]));
  const isMeant = (one: NamedRelation): boolean => {
    if (matchers.some((matches) => matches(one))) return true;
    const parent = byOid.get(byName.get(keyOf(one))?.partitionOf ?? 0);
    return parent !== undefined && isMeant(parent);
  };
  return isMeant;
}

/** What will be done to the tables, in one line. */
export function insideAction(
  { patterns, replaced }: InsidePlan,
  { module, source }: Content,
  { database, relations }: { readonly database: string } & Pick<Target, 'relations'>,
): Words {
  if (patterns === null) {
    if (module === null) return words('restoring.allRows', { database });
    return words('restoring.moduleRows', { database, module });
  }
  const tables = listed(replaced);
  const count = chosenTables({ source }, patterns, relations).length - replaced.length;
  if (replaced.length === 0 && count === 0) return words('restoring.nothing', { database });
  if (replaced.length === 0) return words('restoring.tables', { database, count });
  if (count === 0) return words('restoring.rows', { database, tables });
  return words('restoring.rowsAndTables', { database, tables, count });
}

/** What keeps the tables from being restored into the database that is there. */
export function insideObstacles(
  plan: InsidePlan,
  manifest: Content,
  options: {
    readonly clean: boolean;
    readonly database: string;
    readonly target: Target;
    readonly isIncremental: boolean;
  },
): Obstacle[] {
  const { clean, database, target, isIncremental } = options;
  return [
    ...(target.state === 'missing' ? [missingDatabase(database)] : []),
    ...formObstacles(manifest, isIncremental),
    ...(plan.patterns ?? []).flatMap((pattern) => unknownTable(pattern, manifest, target)),
    ...(clean ? [] : thereAlready(plan, database)),
    ...kindObstacles(plan, manifest, target),
  ];
}

function missingDatabase(database: string): Obstacle {
  const hint = words('obstacle.noDatabaseForTables.hint');
  return obstacle(words('obstacle.noDatabase', { database }), hint);
}

function formObstacles({ artifact }: Content, isIncremental: boolean): Obstacle[] {
  const elsewhere = words('obstacle.part.hint');
  if (isIncremental) return [obstacle(words('obstacle.incrementalPart'), elsewhere)];
  return artifact.format === 'plain' ? [obstacle(words('obstacle.scriptPart'), elsewhere)] : [];
}

function unknownTable(pattern: string, manifest: Content, { relations }: Target): Obstacle[] {
  if (chosenTables(manifest, [pattern], relations).length > 0) return [];
  return [obstacle(words('obstacle.noTable', { pattern }), words('obstacle.noTable.hint'))];
}

function thereAlready({ replaced }: InsidePlan, database: string): Obstacle[] {
  if (replaced.length === 0) return [];
  const fact = words('obstacle.thereAlready', { tables: listed(replaced), database });
  return [obstacle(fact, words('obstacle.thereAlready.hint'))];
}

function kindObstacles(
  { patterns, replaced }: InsidePlan,
  { kind, source }: Content,
  { state, relations }: Target,
): Obstacle[] {
  if (kind === 'schema_only' && replaced.length > 0)
    return [obstacle(words('obstacle.noRows'), words('obstacle.noRows.hint'))];
  if (kind !== 'data_only' || state === 'missing') return [];
  const isThere = new Set(relations.map(keyOf));
  const lacking = chosenTables({ source }, patterns, relations).filter(
    (one) => !isThere.has(keyOf(one)),
  );
  if (lacking.length === 0) return [];
  const fact = words('obstacle.lacksTables', { tables: listed(lacking) });
  return [obstacle(fact, words('obstacle.lacksTables.hint'))];
}

const mostNamed = 3;

function listed(tables: readonly NamedRelation[]): Part[] {
  const named = tables.slice(0, mostNamed);
  const names = named.map(({ schema, name }) =>
    words('restoring.table', { name: `${schema}.${name}` }),
  );
  const count = tables.length - names.length;
  return count > 0 ? [...names, words('restoring.moreTables', { count })] : names;
}

/** A table's name as one text. */
export function keyOf({ schema, name }: NamedRelation): string {
  return JSON.stringify([schema, name]);
}

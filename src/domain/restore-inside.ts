import type { Manifest } from './manifest.ts';
import type { InsidePlan, RestorePreview, TargetState } from './restore.ts';
import type { RestoreWish } from './restore-input.ts';
import { tableMatcher, type NamedRelation } from './table-pattern.ts';

/** A table, or the partitioned one that it is a part of, where it is restored into. */
export interface ExistingRelation extends NamedRelation {
  readonly oid: number;
  readonly kind: 'r' | 'p' | 'm' | 'S';
  readonly partitionOf: number | null;
}

type Obstacle = RestorePreview['obstacles'][number];
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
): string {
  const together = 'in one transaction';
  if (patterns === null) {
    const of = module === null ? 'all tables' : `the tables of module '${module}'`;
    return `the rows of ${of} in '${database}' are replaced ${together}`;
  }
  const made = chosenTables({ source }, patterns, relations).length - replaced.length;
  const parts = [
    ...(replaced.length > 0 ? [`the rows of ${listed(replaced)} are replaced`] : []),
    ...(made > 0 ? [`${made} ${made === 1 ? 'table is' : 'tables are'} made`] : []),
  ];
  return `${parts.join(' and ') || 'nothing is done'} in '${database}' ${together}`;
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
  const { patterns, replaced } = plan;
  return [
    ...(target.state === 'missing'
      ? [{ fact: `the target has no database '${database}'`, hint: 'make an empty one there' }]
      : []),
    ...formObstacles(manifest, isIncremental),
    ...(patterns ?? []).flatMap((pattern) => unknownTable(pattern, manifest, target)),
    ...(replaced.length > 0 && !clean
      ? [
          {
            fact: `${listed(replaced)} ${replaced.length === 1 ? 'is' : 'are'} in '${database}' already`,
            hint: '--clean replaces their rows, in one transaction',
          },
        ]
      : []),
    ...kindObstacles(plan, manifest, target),
  ];
}

function formObstacles({ artifact }: Content, isIncremental: boolean): Obstacle[] {
  const elsewhere = 'restore it whole with --create, and copy the tables from there';
  if (isIncremental) return [{ fact: 'an incremental is restored whole', hint: elsewhere }];
  if (artifact.format !== 'plain') return [];
  return [{ fact: 'a plain script cannot be restored in parts', hint: elsewhere }];
}

function unknownTable(pattern: string, manifest: Content, { relations }: Target): Obstacle[] {
  if (chosenTables(manifest, [pattern], relations).length > 0) return [];
  const fact = `'${pattern}' matches no table of the backup`;
  return [
    { fact, hint: `'pma-backup show ID --tables' lists them; partitions have their own names` },
  ];
}

function kindObstacles(
  { patterns, replaced }: InsidePlan,
  { kind, source }: Content,
  { state, relations }: Target,
): Obstacle[] {
  if (kind === 'schema_only' && replaced.length > 0)
    return [{ fact: 'a schema_only backup has no rows', hint: 'choose one that has' }];
  if (kind !== 'data_only' || state === 'missing') return [];
  const isThere = new Set(relations.map(keyOf));
  const lacking = chosenTables({ source }, patterns, relations).filter(
    (one) => !isThere.has(keyOf(one)),
  );
  if (lacking.length === 0) return [];
  return [
    {
      fact: `the target lacks ${listed(lacking)}, of which a data_only backup has the rows alone`,
      hint: 'restore the schema there first, from a schema_only backup',
    },
  ];
}

const mostNamed = 3;

function listed(tables: readonly NamedRelation[]): string {
  const names = tables.slice(0, mostNamed).map(({ schema, name }) => `'${schema}.${name}'`);
  const more = tables.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}

/** A table's name as one text. */
export function keyOf({ schema, name }: NamedRelation): string {
  return JSON.stringify([schema, name]);
}

import type { Manifest } from './manifest.ts';
import { snapshotOf, type RecoveryPoint } from './recovery-point.ts';
import type { InsidePlan, RestorePreview, TargetNames, TargetState } from './restore.ts';
import {
  chosenTables,
  insideAction,
  insideObstacles,
  type ExistingRelation,
} from './restore-inside.ts';
import type { RestoreWish } from './restore-input.ts';

export interface PreviewOptions {
  readonly wish: RestoreWish;
  readonly point: RecoveryPoint;
  readonly manifest: Manifest;
  /** `user@host:port/database` */
  readonly target: string;
  readonly facts: {
    readonly version: number;
    readonly state: TargetState;
    readonly bytes: number;
    readonly roles: readonly string[];
    readonly missingExtensions: readonly string[];
    readonly relations: readonly ExistingRelation[];
  };
  /** What is restored into the database that is there; null: a database of its own. */
  readonly inside: InsidePlan | null;
  readonly names: TargetNames;
}

type Obstacle = RestorePreview['obstacles'][number];

/** What a restore will do, and what keeps it from it. */
export function previewRestore(options: PreviewOptions): RestorePreview {
  const { wish, point, manifest, target, facts, inside } = options;
  const { source, dumpBytes } = manifest;
  const tables = countedTables(options);
  const missingRoles = source.roles.filter((role) => !facts.roles.includes(role));
  return {
    backup: point.full.id,
    incremental: point.incremental?.id ?? null,
    snapshotAt: snapshotOf(point),
    target,
    action: actionOf(options),
    replaces: replacedBy(options),
    bytes: dumpBytes,
    tables: tables.length,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    missingRoles,
    missingExtensions: facts.missingExtensions,
    obstacles: [
      ...(inside ? tableObstacles(options, inside) : placeObstacles(options)),
      ...serverObstacles(options),
      ...roleObstacles(wish, missingRoles, inside),
      ...scriptObstacles(options),
    ],
  };
}

function countedTables({ manifest, inside, facts }: PreviewOptions) {
  const { tables } = manifest.source;
  if (!inside) return tables;
  if (inside.patterns === null) return tables.filter(({ rows }) => rows > 0);
  const chosen = chosenTables(manifest, inside.patterns, facts.relations);
  return tables.filter(({ schema, table }) =>
    chosen.some((one) => one.schema === schema && one.name === table),
  );
}

function replacedBy({ wish, facts, names, inside }: PreviewOptions): RestorePreview['replaces'] {
  const { database, before } = names;
  const replaces = { database, bytes: facts.bytes };
  if (!wish.clean || facts.state !== 'filled') return null;
  if (!inside) return { ...replaces, keptAs: before };
  return inside.replaced.length > 0 ? { ...replaces, keptAs: null } : null;
}

function actionOf({ facts, names, inside, manifest }: PreviewOptions): string {
  const { database, before } = names;
  const { state, relations } = facts;
  if (inside) return insideAction(inside, manifest, { database, relations });
  return {
    missing: `database '${database}' is made`,
    empty: `the empty database '${database}' is filled`,
    filled: `database '${database}' is replaced when the restore is proven, and kept as '${before}'`,
  }[state];
}

function tableObstacles(
  { wish: { clean }, names: { database }, facts, manifest, point }: PreviewOptions,
  inside: InsidePlan,
): Obstacle[] {
  const isIncremental = point.incremental !== null;
  return insideObstacles(inside, manifest, { clean, database, target: facts, isIncremental });
}

function placeObstacles({ wish, facts: { state }, names: { database } }: PreviewOptions) {
  const obstacles: Obstacle[] = [];
  if (state === 'missing' && !wish.create)
    obstacles.push({
      fact: `the target has no database '${database}'`,
      hint: 'make it with --create',
    });
  if (state === 'filled' && !wish.clean)
    obstacles.push({
      fact: `database '${database}' is not empty`,
      hint: 'name another one with --create, or replace it with --clean',
    });
  return obstacles;
}

function serverObstacles({ manifest: { source }, facts, inside }: PreviewOptions): Obstacle[] {
  const [here, there] = [source.server.version, facts.version].map((version) =>
    Math.floor(version / 10_000),
  ) as [number, number];
  const isOlder = there < here;
  return [
    ...(isOlder
      ? [
          {
            fact: `the target's server is PostgreSQL ${there}, the backup of PostgreSQL ${here}`,
            hint: 'restore on a server that is at least as new',
          },
        ]
      : []),
    // Extensions are not part of a table; one that needs what they make says so.
    ...(inside ? [] : facts.missingExtensions).map((fact) => ({
      fact,
      hint: 'install it there first',
    })),
  ];
}

function roleObstacles(
  wish: RestoreWish,
  missing: readonly string[],
  inside: InsidePlan | null,
): Obstacle[] {
  // Rows alone belong to nobody.
  if (inside && inside.patterns === null) return [];
  if (missing.length === 0 || wish.roles || (wish.noOwner && wish.noPrivileges)) return [];
  const names = missing.map((role) => `'${role}'`).join(', ');
  return [
    {
      fact: `roles are missing on the target's server: ${names}`,
      hint: 'make them with --roles, or restore with --no-owner --no-privileges',
    },
  ];
}

function scriptObstacles({ wish, manifest, inside }: PreviewOptions): Obstacle[] {
  if (inside || manifest.artifact.format !== 'plain' || !(wish.noOwner || wish.noPrivileges))
    return [];
  return [
    {
      fact: 'a plain script is restored as it is, with its owners and grants',
      hint: 'leave out --no-owner and --no-privileges, and make missing roles with --roles',
    },
  ];
}

import type { Manifest } from './manifest.ts';
import { snapshotOf, type RecoveryPoint } from './recovery-point.ts';
import type { RestorePreview, TargetNames, TargetState } from './restore.ts';
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
  };
  readonly names: TargetNames;
}

type Obstacle = RestorePreview['obstacles'][number];

/** What a restore will do, and what keeps it from it. */
export function previewRestore(options: PreviewOptions): RestorePreview {
  const { wish, point, manifest, target, facts, names } = options;
  const { source, dumpBytes } = manifest;
  const isReplaced = facts.state === 'filled' && wish.clean;
  const missingRoles = source.roles.filter((role) => !facts.roles.includes(role));
  return {
    backup: point.full.id,
    incremental: point.incremental?.id ?? null,
    snapshotAt: snapshotOf(point),
    target,
    action: actionOf(options),
    replaces: isReplaced
      ? { database: names.database, bytes: facts.bytes, keptAs: names.before }
      : null,
    bytes: dumpBytes,
    tables: source.tables.length,
    rows: source.tables.reduce((sum, { rows }) => sum + rows, 0),
    missingRoles,
    missingExtensions: facts.missingExtensions,
    obstacles: [
      ...placeObstacles(options),
      ...serverObstacles(options),
      ...roleObstacles(wish, missingRoles),
      ...scriptObstacles(options),
    ],
  };
}

function actionOf({ facts: { state }, names }: PreviewOptions): string {
  const { database, before } = names;
  return {
    missing: `database '${database}' is made`,
    empty: `the empty database '${database}' is filled`,
    filled: `database '${database}' is replaced when the restore is proven, and kept as '${before}'`,
  }[state];
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

function serverObstacles({ manifest: { source }, facts }: PreviewOptions): Obstacle[] {
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
    ...facts.missingExtensions.map((fact) => ({ fact, hint: 'install it there first' })),
  ];
}

function roleObstacles(wish: RestoreWish, missing: readonly string[]): Obstacle[] {
  if (missing.length === 0 || wish.roles || (wish.noOwner && wish.noPrivileges)) return [];
  const names = missing.map((role) => `'${role}'`).join(', ');
  return [
    {
      fact: `roles are missing on the target's server: ${names}`,
      hint: 'make them with --roles, or restore with --no-owner --no-privileges',
    },
  ];
}

function scriptObstacles({ wish, manifest }: PreviewOptions): Obstacle[] {
  if (manifest.artifact.format !== 'plain' || !(wish.noOwner || wish.noPrivileges)) return [];
  return [
    {
      fact: 'a plain script is restored as it is, with its owners and grants',
      hint: 'leave out --no-owner and --no-privileges, and make missing roles with --roles',
    },
  ];
}

import type { Manifest } from './manifest.ts';
import { lackOf, type MissingExtension } from './missing-extension.ts';
import { snapshotOf, type RecoveryPoint } from './recovery-point.ts';
import type { InsidePlan, Obstacle, RestorePreview, TargetNames, TargetState } from './restore.ts';
import {
  chosenTables,
  insideAction,
  insideObstacles,
  type ExistingRelation,
} from './restore-inside.ts';
import type { RestoreWish } from './restore-input.ts';
import { obstacle } from './restore-obstacle.ts';
import { inEnglish, words, type Words } from './words.ts';

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
    readonly missingExtensions: readonly MissingExtension[];
    readonly relations: readonly ExistingRelation[];
  };
  /** What is restored into the database that is there; null: a database of its own. */
  readonly inside: InsidePlan | null;
  readonly names: TargetNames;
}

/** What a restore will do, and what keeps it from it. */
export function previewRestore(options: PreviewOptions): RestorePreview {
  const { wish, point, manifest, target, facts, inside } = options;
  const { source, dumpBytes } = manifest;
  const tables = countedTables(options);
  const actionWords = actionOf(options);
  const missingRoles = source.roles.filter((role) => !facts.roles.includes(role));
  return {
    backup: point.full.id,
    incremental: point.incremental?.id ?? null,
    snapshotAt: snapshotOf(point),
    target,
    ...{ action: inEnglish(actionWords), actionWords },
    replaces: replacedBy(options),
    bytes: inside?.patterns ? null : dumpBytes,
    tables: tables.length,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    missingRoles,
    missingExtensions: facts.missingExtensions.map((one) => inEnglish(lackOf(one, 'target'))),
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

function actionOf({ facts, names, inside, manifest }: PreviewOptions): Words {
  const { database, before } = names;
  const { state, relations } = facts;
  if (inside) return insideAction(inside, manifest, { database, relations });
  return {
    missing: words('restoring.made', { database }),
    empty: words('restoring.filled', { database }),
    filled: words('restoring.replaced', { database, before }),
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
  if (state === 'missing' && !wish.create) {
    const hint = words('obstacle.noDatabase.hint');
    obstacles.push(obstacle(words('obstacle.noDatabase', { database }), hint));
  }
  if (state === 'filled' && !wish.clean) {
    const hint = words('obstacle.notEmpty.hint');
    obstacles.push(obstacle(words('obstacle.notEmpty', { database }), hint));
  }
  return obstacles;
}

function serverObstacles({ manifest: { source }, facts, inside }: PreviewOptions): Obstacle[] {
  const [here, there] = [source.server.version, facts.version].map((version) =>
    Math.floor(version / 10_000),
  ) as [number, number];
  const older = obstacle(
    words('obstacle.olderServer', { here, there }),
    words('obstacle.olderServer.hint'),
  );
  // Extensions are not part of a table; one that needs what they make says so.
  const missing = inside ? [] : facts.missingExtensions;
  return [
    ...(there < here ? [older] : []),
    ...missing.map((one) => obstacle(lackOf(one, 'target'), words('obstacle.extension.hint'))),
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
  return [obstacle(words('obstacle.roles', { names }), words('obstacle.roles.hint'))];
}

function scriptObstacles({ wish, manifest, inside }: PreviewOptions): Obstacle[] {
  if (inside || manifest.artifact.format !== 'plain' || !(wish.noOwner || wish.noPrivileges))
    return [];
  return [obstacle(words('obstacle.script'), words('obstacle.script.hint'))];
}

import { restoreTarget } from '../src/config.ts';

import { parseBackupId } from '../src/domain/backup-name.ts';
import { isUsable } from '../src/domain/backup.ts';
import {
  chooseRecoveryPoint,
  type RecoveryPoint,
  type StoredBackup,
} from '../src/domain/recovery-point.ts';
import { planInside } from '../src/domain/restore-inside.ts';
import { targetNames, type RestoreInput, type RestorePlan } from '../src/domain/restore.ts';
import { readRestoreInput, type RestoreWish } from '../src/domain/restore-input.ts';
import { previewRestore } from '../src/domain/restore-preview.ts';
import { BackupError } from '../src/errors.ts';
import { describeConnection, type Connection } from '../src/postgres/connection.ts';
import { lookAtTarget } from '../src/postgres/restore/look.ts';
import { hostQueue } from '../src/temporal/names.ts';
import type { Dependencies } from './dependencies.ts';
import { requireManifest } from './fetch.ts';
import { holdBackup } from './hold-backup.ts';
import { currentRun, reporting } from './reporting.ts';
import { whereToOpen } from './where-to-open.ts';

/**
 * Finds the recovery point that was asked for and looks at the target: what will be written where, and what keeps it from
 * being written. Changes nothing but that the backup is held.
 */
export function resolveRestore(deps: Dependencies) {
  return async (input: RestoreInput, startedAt: string): Promise<RestorePlan> =>
    reporting(deps, 'resolve', input.backup ?? 'latest', ({ signal }) =>
      makePlan(deps, readRestoreInput(input, deps.settings().timeZone), {
        startedAt: new Date(startedAt),
        signal,
      }),
    );
}

async function makePlan(
  deps: Dependencies,
  wish: RestoreWish,
  { startedAt, signal }: { readonly startedAt: Date; readonly signal: AbortSignal },
): Promise<RestorePlan> {
  const connection = await connectionTo(deps, wish);
  const point = await findPoint(deps, wish);
  const { full, incremental } = point;
  if (!wish.dryRun) for (const one of [full, incremental]) if (one) await holdBackup(deps, one.id);
  const copy = await findCopy(deps, point);
  const manifest = await manifestOf(deps, point);
  const facts = await lookAtTarget(connection, manifest.source, signal);
  const inside = planInside(wish, manifest, facts);
  const { runId } = currentRun();
  const names = targetNames(connection.database, runId.slice(0, 8), startedAt);
  return {
    backup: point.full.id,
    incremental: point.incremental?.id ?? null,
    ...{ database: point.full.database, kind: point.full.kind },
    ...copy,
    workspace: `${point.full.id}.restore.${runId}`,
    ...{ target: wish.target, secret: wish.secret, names },
    state: facts.state,
    like: facts.state === 'empty' ? facts.properties : null,
    omitted: { owners: wish.noOwner, privileges: wish.noPrivileges },
    inside,
    roles: wish.roles,
    jobs: wish.jobs ?? deps.settings().dump.jobs,
    preview: previewRestore({
      ...{ wish, point, manifest, facts, names, inside },
      target: describeConnection(connection),
    }),
  };
}

/** What is restored in the end, and all the bytes that are written for it. Throws `artifact_corrupted`. */
async function manifestOf(deps: Dependencies, { full, incremental }: RecoveryPoint) {
  const first = await requireManifest(deps, full.id);
  if (first.imported) throw importedHere(first.id, first.imported.file);
  if (!incremental) return first;
  const last = await requireManifest(deps, incremental.id);
  if (last.base === full.id) return { ...last, dumpBytes: first.dumpBytes + last.dumpBytes };
  throw new BackupError(
    'artifact_corrupted',
    `incremental '${last.id}' belongs to '${last.base ?? 'none'}', not to '${full.id}'`,
    { hint: 'pma-backup catalog rebuild' },
  );
}

/** What its source held is not known, so nothing that we restored of it could be proven. */
function importedHere(id: string, file: string): BackupError {
  return new BackupError('conflict', `'${id}' is '${file}' of another system, an SQL script`, {
    hint: `pma-backup download ${id} --plain -o restore.sql, then psql -f restore.sql in an empty database`,
  });
}

/** The target of a restore with its password. Throws `login_refused` where a one-time password is gone. */
export async function connectionTo(
  { settings, catalog }: Dependencies,
  { target, secret }: Pick<RestorePlan, 'target' | 'secret'>,
): Promise<Connection> {
  if (secret === null) return restoreTarget(settings(), target, null);
  const password = await catalog.secret(secret);
  if (password) return restoreTarget(settings(), target, password);
  throw new BackupError('login_refused', 'the one-time password of this restore is gone', {
    hint: 'start it again with --password-prompt',
  });
}

async function findPoint({ catalog, settings }: Dependencies, wish: RestoreWish) {
  const { backup, at } = wish;
  const database = wish.database ?? theOnly(settings().databases.map(({ name }) => name));
  const isNamed = backup !== 'latest';
  // With the others of its database: one of them may be its full.
  const owner = isNamed ? parseBackupId(backup)?.database : database;
  const stored = await catalog.restorable(owner === undefined ? {} : { database: owner });
  if (!isNamed) requireOneDatabase(stored);
  // Tables are picked from a full: an incremental is one script for all.
  const point = chooseRecoveryPoint(stored, { backup, at, fullOnly: wish.tables !== null });
  if (point) return point;
  if (isNamed) await tellLost(catalog, stored, backup);
  throw nothingFound(wish, database);
}

/** Throws `artifact_missing` where the backup is known: it has no copy, or, where it has one, its full has none. */
async function tellLost(
  catalog: Dependencies['catalog'],
  stored: readonly StoredBackup[],
  backup: string,
): Promise<void> {
  const base = stored.find(({ id }) => id === backup)?.base ?? null;
  if (base !== null) throw noCopy(base);
  if (await catalog.summary(backup)) throw noCopy(backup);
}

function requireOneDatabase(stored: readonly StoredBackup[]): void {
  if (new Set(stored.map(({ database }) => database)).size <= 1) return;
  throw new BackupError('usage', 'there are backups of several databases', {
    hint: 'say which database, or the id of a backup',
  });
}

function theOnly(names: readonly string[]): string | undefined {
  return names.length === 1 ? names[0] : undefined;
}

function nothingFound({ backup, at }: RestoreWish, database: string | undefined): BackupError {
  const of = database === undefined ? '' : ` of '${database}'`;
  if (backup !== 'latest')
    return new BackupError('not_found', `there is no backup '${backup}'`, {
      hint: 'pma-backup list',
    });
  const when = at === null ? '' : ` at or before ${at.toISOString()}`;
  return new BackupError('not_found', `there is no proven full backup${of}${when}`, {
    hint: `'pma-backup list' shows all; one that is not proven can be restored by its id`,
  });
}

function noCopy(backup: string): BackupError {
  return new BackupError('artifact_missing', `backup '${backup}' has no good copy`, {
    hint: `pma-backup check ${backup}`,
  });
}

async function findCopy(
  deps: Dependencies,
  { full }: RecoveryPoint,
): Promise<Pick<RestorePlan, 'destination' | 'queue'>> {
  const { catalog, hostId } = deps;
  // The nearest first: this host's own disk; another host's only where there is no cloud, for it may be gone.
  const distance = (host: string | null) => (host === hostId ? 0 : host === null ? 1 : 2);
  const good = (await catalog.copies(full.id))
    .filter(isUsable)
    .toSorted((one, other) => distance(one.host) - distance(other.host));
  const manifest = await catalog.manifest(full.id);
  const chosen = await whereToOpen(deps, good, manifest?.artifact.readers);
  if (!chosen) throw noCopy(full.id);
  return { destination: chosen.copy.destination, queue: hostQueue(chosen.host) };
}

import { parseBackupId } from '../domain/backup-name.ts';
import { backupStates, type BackupState, type BackupSummary } from '../domain/backup.ts';
import type { World } from './world.ts';

/** How one database stands. */
export interface DatabaseStatus {
  readonly name: string;
  readonly counts: Readonly<Record<BackupState, number>>;
  /** Of all artifacts. */
  readonly bytes: number;
  /** `at` is an ISO time, that of the trigger. */
  readonly newestProven: { readonly id: string; readonly at: string } | null;
  /** Ids of the backups under way. */
  readonly running: readonly string[];
}

/** How everything stands; what `status` prints with `--json`. */
export interface Status {
  readonly temporal: {
    readonly address: string | null;
    readonly namespace: string;
    readonly ui: string | null;
  };
  /** URL of the console; null: there is none. */
  readonly console: string | null;
  readonly databases: readonly DatabaseStatus[];
  readonly alarms: readonly { readonly database: string | null; readonly message: string }[];
}

/** Reads how every database stands: those of the settings, and others that have backups. */
export async function readStatus({
  catalog,
  settings,
  temporal: { address, namespace, ui },
}: Pick<World, 'catalog' | 'settings' | 'temporal'>): Promise<Status> {
  const backups = await catalog.list({});
  const configured = settings.databases.map(({ name }) => name);
  const names = new Set([...configured, ...backups.map(({ database }) => database).sort()]);
  return {
    temporal: { address, namespace, ui },
    console: null,
    databases: Array.from(names, (name) =>
      statusOf(
        name,
        backups.filter(({ database }) => database === name),
      ),
    ),
    alarms: await catalog.alarms(),
  };
}

/** How one database stands by its backups, newest first. */
export function statusOf(name: string, backups: readonly BackupSummary[]): DatabaseStatus {
  const inState = (state: BackupState) => backups.filter((backup) => backup.state === state);
  const proven = inState('proven')[0];
  return {
    name,
    counts: Object.fromEntries(
      backupStates.map((state) => [state, inState(state).length]),
    ) as Record<BackupState, number>,
    bytes: backups.reduce((sum, { artifact }) => sum + (artifact?.bytes ?? 0), 0),
    newestProven: proven === undefined ? null : { id: proven.id, at: timeOf(proven.id) },
    running: inState('running').map(({ id }) => id),
  };
}

function timeOf(id: string): string {
  return parseBackupId(id)?.time.toISOString() ?? '';
}

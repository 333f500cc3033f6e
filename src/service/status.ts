import { backupStates, type BackupState } from '../domain/backup.ts';
import type { OpenAlarm } from '../catalog/catalog.ts';
import { consoleUrl } from './console-file.ts';
import type { World } from './world.ts';

/** How one database stands. */
export interface DatabaseStatus {
  readonly name: string;
  readonly counts: Readonly<Record<BackupState, number>>;
  /** What its good copies take. */
  readonly bytes: number;
  /** `at`: its recovery point, an ISO time. */
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
  readonly alarms: readonly OpenAlarm[];
}

/** Reads how every database stands: those of the settings first, then others that have backups. */
export async function readStatus({
  catalog,
  settings,
  temporal: { address, namespace, ui },
}: Pick<World, 'catalog' | 'settings' | 'temporal'>): Promise<Status> {
  const overview = await catalog.overview();
  const running = await catalog.runningBackups();
  const configured = settings.databases.map(({ name }) => name);
  const names = new Set([...configured, ...overview.map(({ name }) => name)]);
  return {
    temporal: { address, namespace, ui },
    console: await consoleUrl(settings),
    databases: Array.from(names, (name): DatabaseStatus => {
      const known = overview.find((each) => each.name === name);
      const { id, snapshotAt } = known?.newestProven ?? {};
      return {
        name,
        counts: known?.counts ?? noBackups,
        bytes: known?.bytes ?? 0,
        newestProven: id && snapshotAt ? { id, at: snapshotAt } : null,
        running: running.filter(({ database }) => database === name).map((run) => run.id),
      };
    }),
    alarms: await catalog.alarms(),
  };
}

const noBackups = Object.fromEntries(backupStates.map((state) => [state, 0])) as Record<
  BackupState,
  number
>;

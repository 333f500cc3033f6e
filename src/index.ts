import type { BackupFilter } from './catalog/catalog.ts';
import { openCurrentWorld } from './composition.ts';
import type { MadeKind } from './domain/backup-name.ts';
import type { BackupSummary } from './domain/backup.ts';
import type { CleanupInput, CleanupResult } from './domain/cleanup.ts';
import type { HoldInput, HoldResult } from './domain/hold.ts';
import type { RestoreSummary } from './domain/restore.ts';
import type { CheckedCopy, IntegrityCheckInput, Verified } from './domain/run.ts';
import { BackupError } from './errors.ts';
import { checkCopies } from './service/check-copies.ts';
import { cleanUp } from './service/clean-up.ts';
import { backUp, type BackupRequest } from './service/create-backup.ts';
import type { Watch } from './service/follow-run.ts';
import { holdBackup, releaseBackup } from './service/hold-backup.ts';
import { listBackups } from './service/list-backups.ts';
import { restoreBackup, type Confirm, type RestoreRequest } from './service/restore-backup.ts';
import { saveDownload, type SavedDownload, type SaveRequest } from './service/save-download.ts';
import { showBackup, type ShownBackup } from './service/show-backup.ts';
import { readStatus, type Status } from './service/status.ts';
import { verifyBackup } from './service/verify-backup.ts';
import { closingAfter, type Needs, type World } from './service/world.ts';

export { BackupError } from './errors.ts';

/** Who waits for a run: its progress, and a signal that cancels it. */
export type RunOptions = Partial<Watch>;

/**
 * What the command line does, for a program in TypeScript. Each call joins the service that runs with the same settings,
 * or starts what it needs and ends it again. All throw `BackupError`, with `code`, `message` and `hint` of the table in README.
 */
export interface BackupService {
  /** Backs up one database, or all, and waits until it is proven. Throws `proof_failed` where it is not what the source held. */
  createBackup(kind?: MadeKind, of?: BackupOf, run?: RunOptions): Promise<BackupSummary[]>;
  /** Saves what changed since the last full; a full is made where that cannot be told. Throws as `createBackup`. */
  createIncrementalBackup(of?: BackupOf, run?: RunOptions): Promise<BackupSummary[]>;
  /** How every database stands, what runs, and what is wrong. */
  getBackupStatus(): Promise<Status>;
  /** Newest first. */
  listBackups(filter?: BackupFilter & { readonly limit?: number }): Promise<BackupSummary[]>;
  /** By id or `latest`, with its newest proof and its manifest. Throws `not_found`. */
  showBackup(backup: string, of?: { readonly database?: string }): Promise<ShownBackup>;
  /** Test-restores what is stored, by id or `latest`. */
  verifyBackup(
    backup: string,
    of?: { readonly database?: string },
    run?: RunOptions,
  ): Promise<Verified>;
  /** Reads stored copies back, all unless told, and compares their sha256. */
  checkCopies(of?: IntegrityCheckInput, run?: RunOptions): Promise<CheckedCopy[]>;
  /**
   * Restores a backup; `confirm` sees what will be written, and is needed where something is replaced (`usage` without).
   * Throws `target_refused`, and `proof_failed` where what was restored is not the same: then nothing was changed.
   */
  restoreBackup(
    request: Omit<RestoreRequest, 'password'>,
    run?: RunOptions & { readonly confirm?: Confirm },
  ): Promise<RestoreSummary>;
  /** Saves the artifact as a file that appears whole or not at all. Throws `not_found`, `conflict`, `artifact_corrupted`. */
  downloadBackup(request: SaveRequest, run?: RunOptions): Promise<SavedDownload>;
  /** Deletes what retention does not keep; with `dryRun` says what that is. */
  cleanUp(of?: CleanupInput, run?: RunOptions): Promise<CleanupResult>;
  /** Keeps retention from a backup. */
  holdBackup(backup: string, of?: HoldOf, run?: RunOptions): Promise<HoldResult>;
  /** Lets retention decide about it again. */
  releaseBackup(backup: string, of?: HoldOf, run?: RunOptions): Promise<HoldResult>;
}

type BackupOf = Omit<BackupRequest, 'kind'>;
type HoldOf = Omit<HoldInput, 'backup'>;

export interface ServiceOptions {
  /** Called with what is done while parts start. */
  readonly say?: (line: string) => void;
}

/** Works with the settings that the command line would find here. */
export function getBackupService({ say = () => undefined }: ServiceOptions = {}): BackupService {
  /** Opens what a call needs of the world, and closes it again. */
  const use =
    (needs: Needs) =>
    async <T>(run: RunOptions, work: (world: World, watch: Watch) => Promise<T>): Promise<T> => {
      const watch = watchOf(run);
      const { signal } = watch;
      const world = await openCurrentWorld({ needs, role: 'command', report: say, signal });
      return closingAfter(world, () => work(world, watch));
    };
  const running = use({ temporal: true, worker: true });
  const reading = use({ temporal: false, worker: false });
  const createBackup: BackupService['createBackup'] = (kind = 'full', of = {}, run = {}) =>
    running(run, (world, watch) => backUp(world, { ...of, kind }, watch));
  return {
    createBackup,
    createIncrementalBackup: (of, run) => createBackup('incremental', of, run),
    getBackupStatus: () => reading({}, readStatus),
    listBackups: (filter = {}) => reading({}, (world) => listBackups(world, filter)),
    showBackup: (backup, of) => reading({}, (world) => showBackup(world, { ...of, backup })),
    verifyBackup: (backup, of, run = {}) =>
      running(run, (world, watch) => verifyBackup(world, { ...of, backup }, watch)),
    checkCopies: (of = {}, run = {}) =>
      running(run, (world, watch) => checkCopies(world, of, watch)),
    restoreBackup: (request, { confirm = refusing, ...run } = {}) =>
      running(run, (world, watch) => restoreBackup(world, request, { ...watch, confirm })),
    downloadBackup: (request, run = {}) =>
      reading(run, (world, { signal }) => saveDownload(world, request, { signal, say })),
    cleanUp: (of = {}, run = {}) => running(run, (world, watch) => cleanUp(world, of, watch)),
    holdBackup: (backup, of, run = {}) =>
      running(run, (world, watch) => holdBackup(world, { ...of, backup }, watch)),
    releaseBackup: (backup, of, run = {}) =>
      running(run, (world, watch) => releaseBackup(world, { ...of, backup }, watch)),
  };
}

function watchOf({ signal, onStarted, onProgress }: RunOptions): Watch {
  return {
    signal: signal ?? new AbortController().signal,
    onStarted: (id) => onStarted?.(id),
    onProgress: (progress) => onProgress?.(progress),
  };
}

/** Nobody was asked: only what replaces nothing goes on. */
const refusing: Confirm = (preview) => {
  if (preview.replaces === null) return Promise.resolve(true);
  throw new BackupError('usage', `'${preview.replaces.database}' would be replaced`, {
    hint: 'give restoreBackup a function `confirm` that says yes to what it is shown',
  });
};

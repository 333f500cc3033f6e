import type { MadeKind } from './backup-name.ts';
import { isUsable, type BackupSummary } from './backup.ts';
import type { RestoreSummary } from './restore.ts';
import type { CheckedCopy, Failure } from './run.ts';

/** What the throw-away database of a self-test is called where databases of the settings are named. */
export const selfTestDatabase = 'pma-backup-self-test';
/** The same for the one that it is restored into. */
export const selfTestRestored = 'pma-backup-self-test-restored';

/** Whether it is nobody's database: no schedule, status, objective, metric or alarm is about it. */
export function isOfSelfTest(database: string | null): boolean {
  return database === selfTestDatabase || database === selfTestRestored;
}

/** The steps in their order, and what they are about. */
export const selfTestSteps = {
  leftovers: 'what an earlier self-test left',
  database: 'a throw-away database',
  full: 'full backup',
  schema_only: 'backup of the schema',
  data_only: 'backup of the data',
  changes: 'changed rows',
  incremental: 'incremental backup',
  restore: 'restore into a new database',
  check: 'check of the copies',
  removal: 'removal of all that was made',
} as const;
export type SelfTestStepName = keyof typeof selfTestSteps;

/** What became of one step. */
export interface SelfTestStep {
  readonly name: SelfTestStepName;
  readonly state: 'ok' | 'failed';
  readonly seconds: number;
  /** Id of the backup that it made. */
  readonly backup: string | null;
  /** What is to be said although it is ok. */
  readonly remark: string | null;
  /** null: it is ok. */
  readonly failure: Failure | null;
}

/** Result of the `selfTest` workflow; what `self-test` prints with `--json`. What comes after a failed step is left out. */
export interface SelfTestResult {
  readonly state: 'ok' | 'failed';
  readonly seconds: number;
  readonly steps: readonly SelfTestStep[];
}

/** A place where copies of a self-test may lie. */
export interface SelfTestPlace {
  readonly destination: string;
  /** Of the host whose disk it is; null: any can reach it. */
  readonly queue: string | null;
  /** The catalog knows of a copy there. */
  readonly isStored: boolean;
}

/** What is wrong with a backup that should be of that kind, proven, and in every destination; null: nothing. */
export function backupFault(
  { id, kind, state, reason, copies }: BackupSummary,
  wanted: MadeKind,
): Failure | null {
  if (kind !== wanted) return fault('needs_full', reason ?? `a ${kind} was made instead`);
  if (state !== 'proven') return fault('not_proven', `backup '${id}' is ${state}: ${said(reason)}`);
  const lacking = copies.filter((copy) => copy.state !== 'good');
  if (lacking.length === 0) return null;
  const places = lacking.map(({ destination }) => `'${destination}'`).join(', ');
  return fault(
    'storage_refused',
    `the backup could not be stored in ${places}`,
    'pma-backup doctor says why',
  );
}

/** What is wrong with a restore; null: nothing. */
export function restoreFault({ state, reason }: RestoreSummary): Failure | null {
  if (state === 'proven') return null;
  return fault('not_proven', `what was restored is not proven: ${said(reason)}`);
}

/** What is wrong with the copies of a backup that should be good; null: nothing. */
export function copiesFault(copies: readonly CheckedCopy[]): Failure | null {
  const wrong = copies.find((copy) => !isUsable(copy));
  if (!wrong) return null;
  const { backup, destination, state } = wrong;
  return fault(
    state === 'missing' ? 'artifact_missing' : 'artifact_corrupted',
    `the copy of '${backup}' in '${destination}' is ${state}`,
    'check the disk or the bucket; who else writes there?',
  );
}

function fault(code: Failure['code'], message: string, hint: string | null = null): Failure {
  return { code, message, hint };
}

function said(reason: string | null): string {
  return reason ?? 'no reason given';
}

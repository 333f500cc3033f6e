import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';

export { backup } from './backup.ts';
export { catalogBackup } from './catalog-backup.ts';
export { cleanup } from './cleanup.ts';
export { hold } from './hold.ts';
export { integrityCheck } from './integrity-check.ts';
export { notify } from './notify.ts';
export { release } from './release.ts';
export { restore } from './restore.ts';
export { restoreTest } from './restore-test.ts';
export { selfTest } from './self-test.ts';
export { watchdog } from './watchdog.ts';

/** Answers a mistyped workflow type at once; without it the run would hang. */
export default function unknownWorkflow(): Promise<never> {
  const { workflowType } = workflowInfo();
  throw ApplicationFailure.nonRetryable(
    `unknown workflow type '${workflowType}'; known: backup, catalogBackup, cleanup, hold, integrityCheck, notify, release, restore, restoreTest, selfTest, watchdog`,
    'usage',
  );
}

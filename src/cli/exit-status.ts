import type { BackupSummary, CopyState } from '../domain/backup.ts';
import type { ProofState } from '../domain/proof.ts';
import type { CheckedCopy } from '../domain/run.ts';

/** What the exit statuses of every command mean; README documents this table. */
export const exitStatuses = {
  done: 0,
  failed: 1,
  usage: 2,
  partly: 3,
  notFound: 4,
  notProven: 5,
  cancelled: 130,
} as const;

const { done, failed, partly, notProven, cancelled } = exitStatuses;
const worstFirst: readonly number[] = [failed, cancelled, partly, notProven, done];

/** The exit status for what became of these backups: that of the worst one. */
export function exitStatus(summaries: readonly BackupSummary[]): number {
  const reached = summaries.map(statusOfOne);
  return worstFirst.find((status) => reached.includes(status)) ?? done;
}

/** The exit status for a test restore of a stored backup. */
export function proofExitStatus(state: ProofState): number {
  return { proven: done, unproven: notProven, failed }[state];
}

/** The exit status for a check of copies. */
export function copiesExitStatus(copies: readonly CheckedCopy[]): number {
  return copies.some(({ state, healed }) => bad.includes(state) && !healed) ? failed : done;
}

const bad: readonly CopyState[] = ['missing', 'damaged', 'failed'];

function statusOfOne({ state, copies, proof }: BackupSummary): number {
  if (state === 'cancelled') return cancelled;
  const lacking = copies.some((copy) => bad.includes(copy.state));
  const stored = copies.some((copy) => copy.state === 'good');
  if (lacking && stored && proof?.state !== 'failed') return partly;
  if (state === 'skipped') return notProven;
  if (state === 'failed' || lacking) return failed;
  return state === 'unproven' ? notProven : done;
}

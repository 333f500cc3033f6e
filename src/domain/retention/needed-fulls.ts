import { isGood, samePlace } from './copies.ts';
import type { RetentionBackup, RetentionCopy, StoredCopy } from './copies.ts';

export interface Verdict {
  readonly action: 'keep' | 'delete';
  readonly reason: string;
}

export type Verdicts = Map<StoredCopy, Verdict>;

/** Turns the verdict on fulls that kept incrementals need, so that whatever is kept can be restored as far as it could before. */
export function keepNeededFulls(verdicts: Verdicts, backups: readonly RetentionBackup[]): void {
  const copiesOf = byBackup(verdicts.keys());
  for (const [{ backup, copy }, { action }] of verdicts) {
    if (backup.base === null || action === 'delete') continue;
    keep(verdicts, nearest(copiesOf.get(backup.base) ?? [], copy), backup);
  }
  for (const backup of backups) {
    if (backup.base === null || !needsFullAnywhere(backup)) continue;
    keep(verdicts, copiesOf.get(backup.base) ?? [], backup);
  }
}

/** The full's copies in the place of its incremental; all of them if no good one is there. */
function nearest(fulls: readonly StoredCopy[], incremental: RetentionCopy): readonly StoredCopy[] {
  const here = fulls.filter(({ copy }) => samePlace(copy, incremental));
  return here.some(({ copy }) => isGood(copy)) ? here : fulls;
}

/** A running incremental has no copy yet; a restore reads the full wherever it found one. */
function needsFullAnywhere({ leased, state }: RetentionBackup): boolean {
  return leased || state === 'running';
}

function keep(verdicts: Verdicts, fulls: readonly StoredCopy[], by: RetentionBackup): void {
  for (const full of fulls) {
    if (verdicts.get(full)?.action !== 'delete') continue;
    verdicts.set(full, { action: 'keep', reason: `kept: needed by ${by.id}` });
  }
}

function byBackup(all: Iterable<StoredCopy>): Map<string, StoredCopy[]> {
  const found = new Map<string, StoredCopy[]>();
  for (const stored of all) {
    const copies = found.get(stored.backup.id);
    if (copies) copies.push(stored);
    else found.set(stored.backup.id, [stored]);
  }
  return found;
}

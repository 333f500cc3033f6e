import { BackupError } from '../src/errors.ts';
import type { Dependencies } from './dependencies.ts';
import { currentRun } from './reporting.ts';

// As many runs as like may read a backup: what matters is that clean-up sees that one does.
const capacity = 10_000;

/** Keeps clean-up from a backup as long as the current run is open and has not finished. */
export async function holdBackup({ catalog, runs }: Dependencies, backup: string): Promise<void> {
  const lease = { resource: `backup:${backup}`, capacity, owner: currentRun() };
  if (await catalog.takeLease(lease, (owner) => runs.isOpen(owner))) return;
  throw new BackupError('conflict', `too many runs read backup '${backup}'`);
}

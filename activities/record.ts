import { readFile } from 'node:fs/promises';
import type { BackupState, BackupSummary, Timings } from '../src/domain/backup.ts';
import type { Proof } from '../src/domain/proof.ts';
import type { Copied, Failure, Outcome, Run } from '../src/domain/run.ts';
import { BackupError, type ErrorCode } from '../src/errors.ts';
import { proofFile, storageKey } from '../src/domain/backup-name.ts';
import { storedText } from '../src/domain/stored-text.ts';
import { removeTree } from '../src/system/files.ts';
import type { Settings } from '../src/config.ts';
import { readManifest } from './compress.ts';
import type { Dependencies } from './dependencies.ts';
import { workspaceOf } from './workspace.ts';

/** Writes the proof beside every copy, then what the catalog knows of the backup; the last word on its state. */
export function record(deps: Dependencies) {
  return async (run: Run, outcome: Outcome): Promise<BackupSummary> => {
    const place = workspaceOf(deps.settings(), run.id);
    const manifest = await readManifest(place);
    if (!manifest) throw new BackupError('artifact_missing', `backup '${run.id}' is not sealed`);
    const proof = JSON.parse(await readFile(place.proof, 'utf8')) as Proof;
    await storeProof(
      deps,
      run.database,
      goodCopies(outcome).map((copy) => copy.destination),
      proof,
    );
    await deps.catalog.recordProof(proof);
    await deps.catalog.finishBackup(run.id, {
      state: proof.state,
      reason: proof.reason ?? standIn(run),
      manifest,
      timings: timings(run, outcome),
    });
    if (!proof.byChoice) {
      const code = proof.state === 'failed' ? 'proof_failed' : 'not_proven';
      await tellAlarm(deps, run, { ...proof, code });
    }
    const summary = await requireSummary(deps, run.id);
    logEnd(deps, summary);
    return summary;
  };
}

/** What a proven full says that was made in the place of an incremental. */
function standIn({ escalation }: Run): string | null {
  return escalation === undefined ? null : `a full instead of an incremental: ${escalation}`;
}

/** Puts a proof beside the copies of its backup. */
export async function storeProof(
  { storage }: Dependencies,
  database: string,
  destinations: readonly string[],
  proof: Proof,
): Promise<void> {
  for (const destination of destinations) {
    const key = storageKey(database, proofFile(proof.backup, new Date(proof.finishedAt)));
    await storage(destination).putText(key, storedText(proof));
  }
}

/** Records that a run ended without a backup, or with one that could not be brought to its end. */
export function recordFailure(deps: Dependencies) {
  return async (run: Run, failure: Failure): Promise<void> => {
    const state = failure.code === 'cancelled' ? 'cancelled' : 'failed';
    const reason = failure.hint === null ? failure.message : `${failure.message} (${failure.hint})`;
    await deps.catalog.finishBackup(run.id, { state, reason });
    await tellAlarm(deps, run, { state, reason, code: failure.code });
    const summary = await deps.catalog.summary(run.id);
    if (summary) logEnd(deps, summary);
  };
}

const ended = 'a backup ended';

/** Where its artifact lies, how big it is, how long it took and what was wrong. */
function logEnd({ log }: Dependencies, summary: BackupSummary): void {
  const { id, state, reason, artifact, copies, timings } = summary;
  const about = {
    ...{ backup: id, state, reason },
    ...{ path: artifact?.path ?? null, bytes: artifact?.bytes ?? null, seconds: timings.total },
    copies: copies.map(({ uri, state: copy }) => ({ uri, state: copy })),
  };
  if (state === 'proven') log.info(about, ended);
  else if (state === 'failed') log.error(about, ended);
  else log.warn(about, ended);
}

/** Removes a run's files from this host. */
export function removeWorkspace({ settings }: { settings: () => Settings }) {
  return async ({ id }: { id: string }): Promise<void> => {
    await removeTree(workspaceOf(settings(), id).root);
  };
}

/** What the catalog knows of a backup; throws `not_found`. */
export async function requireSummary(
  { catalog }: Dependencies,
  id: string,
): Promise<BackupSummary> {
  const summary = await catalog.summary(id);
  if (summary) return summary;
  throw new BackupError('not_found', `there is no backup '${id}'`, { hint: `pma-backup list` });
}

interface HowItEnded {
  readonly state: BackupState;
  readonly reason: string | null;
  /** What it means where it is not good. */
  readonly code: ErrorCode;
}

// An alarm of a series is cleared by its next proven backup; a cancelled one says nothing about the series.
async function tellAlarm(
  { catalog }: Dependencies,
  run: Run,
  { state, reason, code }: HowItEnded,
): Promise<void> {
  const key = `backup:${run.database}:${run.kind}${run.module === null ? '' : `:${run.module}`}`;
  if (state === 'proven') await catalog.clearAlarm(key);
  if (state !== 'failed' && state !== 'unproven') return;
  const what = state === 'failed' ? 'failed' : 'is not proven';
  await catalog.raiseAlarm({
    ...{ key, database: run.database, code },
    message: `backup '${run.id}' ${what}: ${reason ?? 'no reason given'}`,
    hint: `pma-backup show ${run.id}`,
  });
}

function goodCopies({ copies }: Outcome): Copied[] {
  return copies.filter(({ state }) => state === 'good');
}

/** When the last of the cloud destinations that took it had it; a copy on the same machine is not off-site. */
function offsiteAt(outcome: Outcome): string | undefined {
  const times = goodCopies(outcome).filter(({ destination }) => destination !== 'local');
  return times
    .map(({ finishedAt }) => finishedAt)
    .sort()
    .at(-1);
}

function timings(run: Run, outcome: Outcome): Timings {
  const { dumped, sealed, verified } = outcome;
  const offsite = offsiteAt(outcome);
  const since = (time: string) => (Date.parse(time) - Date.parse(run.triggeredAt)) / 1000;
  return {
    dumped: since(dumped.finishedAt),
    sealed: since(sealed.sealedAt),
    offsite: offsite === undefined ? null : since(offsite),
    proven: verified.state === 'proven' ? since(verified.finishedAt) : null,
    total: since(new Date().toISOString()),
  };
}

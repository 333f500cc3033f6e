import type { CatalogCopy } from '../src/catalog/catalog.ts';
import { proofAlarm } from '../src/domain/alarm.ts';
import { isUsable } from '../src/domain/backup.ts';
import type { Proof } from '../src/domain/proof.ts';
import type { RestoreTest, RestoreTestInput, Verified } from '../src/domain/run.ts';
import { BackupError, toBackupError } from '../src/errors.ts';
import { hostQueue } from '../src/temporal/names.ts';
import { holdBackup } from './hold-backup.ts';
import type { Dependencies } from './dependencies.ts';
import { openOther } from './family.ts';
import { fetchAndOpen, requireManifest } from './fetch.ts';
import { storeProof } from './record.ts';
import { currentRun, reporting } from './reporting.ts';
import { tryImported } from './try-imported.ts';
import { prove } from './prove.ts';
import { summarise } from './verify.ts';
import { whereToOpen } from './where-to-open.ts';

/**
 * Finds the backup that was asked for, `latest` by default, and a good copy of it with the queue of a host that reads it,
 * one that has the key where it is encrypted.
 */
export function resolveRestoreTest(deps: Dependencies) {
  return async (input: RestoreTestInput): Promise<RestoreTest> => {
    const { catalog } = deps;
    const { backup = 'latest', database, destination } = input;
    const found = await catalog.find(backup, database);
    if (!found) throw notFound(backup, database);
    await holdBackup(deps, found.id);
    const good = (await catalog.copies(found.id)).filter(isUsable);
    const manifest = await catalog.manifest(found.id);
    const wanted = wantedCopies(good, destination);
    const chosen = await whereToOpen(deps, wanted, manifest?.artifact.readers);
    if (!chosen) {
      throw new BackupError('artifact_missing', `backup '${found.id}' has no good copy`, {
        hint: `pma-backup check ${found.id}`,
      });
    }
    return {
      backup: found.id,
      database: found.database,
      destination: chosen.copy.destination,
      key: chosen.copy.key,
      queue: hostQueue(chosen.host),
      workspace: `${found.id}.test.${currentRun().runId}`,
    };
  };
}

function wantedCopies(good: readonly CatalogCopy[], destination: string | undefined) {
  if (destination === undefined) return good;
  if (destination !== 'farthest') return good.filter((one) => one.destination === destination);
  // What lies in a cloud is what is left when this place is gone.
  const away = good.filter(({ host }) => host === null);
  return away.length > 0 ? away : good;
}

/** Fetches, unpacks and test-restores one copy, stores the proof beside it and in the catalog. */
export function testRestore(deps: Dependencies) {
  return async (test: RestoreTest): Promise<Verified> =>
    reporting(deps, 'verify', test.backup, async (report) => {
      const directory = await fetchAndOpen(deps, test, report).catch(tellMissingKey(deps, test));
      const { backup, workspace, destination } = test;
      const manifest = await requireManifest(deps, backup);
      const { base, imported } = manifest;
      const full = base === null ? undefined : await openOther(deps, base, workspace, report);
      const proof = {
        ...(imported
          ? await tryImported(deps.settings(), manifest, directory, report)
          : await prove(deps.settings(), { backup, directory, full }, report)),
        destination,
      };
      await storeProof(deps, test.database, [test.destination], proof);
      await deps.catalog.recordProof(proof);
      if (!imported || proof.state === 'failed') await tellAlarm(deps, test, proof);
      return summarise(proof);
    });
}

/** No retry brings the key here, and no run would be missed: one alarm says it until a test restore is proven. */
function tellMissingKey({ catalog }: Dependencies, { database, backup }: RestoreTest) {
  return async (error: unknown): Promise<never> => {
    const { code, message, hint = '' } = toBackupError(error);
    if (code === 'key_missing') {
      await catalog.raiseAlarm({
        ...{ key: proofAlarm(database), database, hint, code },
        message: `backup '${backup}' could not be test-restored: ${message}`,
      });
    }
    throw error;
  };
}

async function tellAlarm(
  { catalog }: Dependencies,
  { database, backup, destination }: RestoreTest,
  { state, reason }: Proof,
): Promise<void> {
  const key = proofAlarm(database);
  if (state === 'proven') return catalog.clearAlarm(key);
  await catalog.raiseAlarm({
    ...{ key, database, code: state === 'failed' ? 'proof_failed' : 'not_proven' },
    message: `the test restore of backup '${backup}' from '${destination}' ended as ${state}: ${reason ?? 'no reason given'}`,
    hint: `pma-backup show ${backup} --tables`,
  });
}

function notFound(backup: string, database: string | undefined): BackupError {
  const where = database === undefined ? '' : ` of database '${database}'`;
  return new BackupError('not_found', `there is no backup '${backup}'${where}`, {
    hint: 'pma-backup list',
  });
}

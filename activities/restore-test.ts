import { join } from 'node:path';
import { openSealedFiles } from '../src/artifact/open.ts';
import { storageKey } from '../src/domain/backup-name.ts';
import { storedFiles } from '../src/domain/manifest.ts';
import type { RestoreTest, RestoreTestInput, Verified } from '../src/domain/run.ts';
import { BackupError } from '../src/errors.ts';
import { hostQueue } from '../src/temporal/names.ts';
import type { Dependencies } from './dependencies.ts';
import { storeProof } from './record.ts';
import { currentRun, reporting } from './reporting.ts';
import { prove, summarise } from './verify.ts';
import { makeWorkspace, workspaceOf } from './workspace.ts';

/** Finds the backup that was asked for, `latest` by default, and a good copy of it with the queue of its host. */
export function resolveRestoreTest({ catalog, hostId }: Dependencies) {
  return async (input: RestoreTestInput): Promise<RestoreTest> => {
    const { backup = 'latest', database, destination } = input;
    const found = await catalog.find(backup, database);
    if (!found) throw notFound(backup, database);
    const copies = await catalog.copies(found.id);
    const copy = copies.find(
      (one) => one.state === 'good' && (destination ?? one.destination) === one.destination,
    );
    if (!copy) {
      throw new BackupError('artifact_missing', `backup '${found.id}' has no good copy`, {
        hint: `pma-backup check ${found.id}`,
      });
    }
    return {
      backup: found.id,
      database: found.database,
      destination: copy.destination,
      key: copy.key,
      queue: hostQueue(copy.host ?? hostId),
      workspace: `${found.id}.test.${currentRun().runId}`,
    };
  };
}

/** Fetches, unpacks and test-restores one copy, stores the proof beside it and in the catalog. */
export function testRestore(deps: Dependencies) {
  return async (test: RestoreTest): Promise<Verified> =>
    reporting(deps, 'verify', test.backup, async (report) => {
      const settings = deps.settings();
      const manifest = await deps.catalog.manifest(test.backup);
      if (!manifest) throw notFound(test.backup, test.database);
      const { root } = workspaceOf(settings, test.workspace);
      await makeWorkspace(root, currentRun());
      report({ step: `fetching from ${test.destination}` });
      for (const { file } of storedFiles(manifest)) {
        report({ step: `fetching '${file}' from ${test.destination}` });
        await deps
          .storage(test.destination)
          .fetch(storageKey(test.database, file), join(root, file), { signal: report.signal });
      }
      report({ step: 'unpacking' });
      const { signal } = report;
      const directory = await openSealedFiles({ manifest, directory: root, signal });
      const proof = await prove(settings, test.backup, directory, report);
      await storeProof(deps, test.database, [test.destination], proof);
      await deps.catalog.recordProof(proof);
      return summarise(proof);
    });
}

function notFound(backup: string, database: string | undefined): BackupError {
  const where = database === undefined ? '' : ` of database '${database}'`;
  return new BackupError('not_found', `there is no backup '${backup}'${where}`, {
    hint: 'pma-backup list',
  });
}

import { basename, join } from 'node:path';
import type { Copied, Failure, Run } from '../src/domain/run.ts';
import { copyAlarm } from '../src/domain/alarm.ts';
import { BackupError } from '../src/errors.ts';
import { storedFiles } from '../src/domain/manifest.ts';
import { storageKey } from '../src/domain/backup-name.ts';
import { storedText } from '../src/domain/stored-text.ts';
import { readManifest } from './compress.ts';
import type { Dependencies } from './dependencies.ts';
import { reporting } from './reporting.ts';
import { workspaceOf } from './workspace.ts';

/** Stores what was sealed in one destination, the manifest right behind it, and records the copy. */
export function upload(deps: Dependencies) {
  return async (run: Run, destination: string): Promise<Copied> =>
    reporting(deps, 'upload', run.id, async (report) => {
      const place = workspaceOf(deps.settings(), run.id);
      const manifest = await readManifest(place);
      if (!manifest) throw new BackupError('artifact_missing', `backup '${run.id}' is not sealed`);
      const storage = deps.storage(destination);
      const { artifact } = manifest;
      const key = storageKey(run.database, artifact.file);
      const versions: Record<string, string> = {};
      for (const { file, bytes: totalBytes, sha256 } of storedFiles(manifest)) {
        const fileKey = storageKey(run.database, file);
        const { versionId } = await storage.put(join(place.root, file), fileKey, {
          ...{ bytes: totalBytes, sha256, signal: report.signal },
          onBytes: (bytes) => report({ bytes, totalBytes, step: destination }),
        });
        if (versionId !== undefined) versions[file] = versionId;
      }
      await storage.putText(
        storageKey(run.database, basename(place.manifest)),
        storedText(manifest),
      );
      const copy = { destination, uri: storage.uri(key), state: 'good' as const };
      await deps.catalog.recordCopy({
        ...copy,
        backup: run.id,
        host: storage.kind === 'local' ? deps.hostId : null,
        key,
        bytes: artifact.bytes,
        sha256: artifact.sha256,
        versions,
      });
      await deps.catalog.clearAlarm(copyAlarm(run.id, destination));
      return { ...copy, finishedAt: new Date().toISOString() };
    });
}

/** Records that a destination did not get its copy, which is made up later, and raises the alarm. */
export function recordMissedCopy(deps: Dependencies) {
  return async (run: Run, destination: string, failure: Failure): Promise<Copied> => {
    const manifest = await readManifest(workspaceOf(deps.settings(), run.id));
    if (!manifest) throw new BackupError('artifact_missing', `backup '${run.id}' is not sealed`);
    const { artifact } = manifest;
    const storage = deps.storage(destination);
    const key = storageKey(run.database, artifact.file);
    const copy = { destination, uri: storage.uri(key), state: 'failed' as const };
    await deps.catalog.recordCopy({
      ...{ ...copy, backup: run.id, key, bytes: artifact.bytes, sha256: artifact.sha256 },
      host: storage.kind === 'local' ? deps.hostId : null,
    });
    await deps.catalog.raiseAlarm({
      ...{ key: copyAlarm(run.id, destination), database: run.database, code: failure.code },
      message: `backup '${run.id}' could not be stored in '${destination}': ${failure.message}`,
      hint: `${failure.hint ?? 'look at the destination'}; it is made up by the next run`,
    });
    return { ...copy, finishedAt: new Date().toISOString() };
  };
}

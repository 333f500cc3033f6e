import { basename, join } from 'node:path';
import { versionsIn } from '../src/catalog/versions-in.ts';
import type { CopyName } from '../src/catalog/catalog.ts';
import type { Settings } from '../src/config.ts';
import { copyAlarm } from '../src/domain/alarm.ts';
import { holdFile, manifestFile, proofFile, storageKey } from '../src/domain/backup-name.ts';
import type { Hold } from '../src/domain/hold.ts';
import { storedFiles } from '../src/domain/manifest.ts';
import type { CopyToHeal, HealedCopy, HealingInput } from '../src/domain/run.ts';
import { storedText } from '../src/domain/stored-text.ts';
import { requireFreeBytes } from '../src/system/disk.ts';
import { removeTree } from '../src/system/files.ts';
import { hostQueue } from '../src/temporal/names.ts';
import type { Dependencies } from './dependencies.ts';
import { requireManifest } from './fetch.ts';
import { holdBackup } from './hold-backup.ts';
import { currentRun, reporting, type Report } from './reporting.ts';
import { makeWorkspace, workspaceOf } from './workspace.ts';

/** So many at a time; the next run goes on. */
const most = 20;

/** Which copies are to be made from which good ones, newest backup first. */
export function planHealing(deps: Dependencies) {
  return async (input: HealingInput): Promise<CopyToHeal[]> =>
    reporting(deps, 'upload', input.backup ?? '', async () => {
      const { without = [], ...filter } = input;
      const clouds = cloudsOf(deps.settings()).filter((name) => !without.includes(name));
      const lacking = await deps.catalog.copiesToMake({ ...filter, clouds, limit: most });
      const found: CopyToHeal[] = [];
      for (const copy of lacking.filter(({ destination }) => !without.includes(destination))) {
        const source = await sourceOf(deps, copy);
        if (source) found.push({ ...copy, ...source });
      }
      return found;
    });
}

/** Makes one copy anew from a good one, which is held against its sha256 on the way; with manifest and newest proof. */
export function healCopy(deps: Dependencies) {
  return async (copy: CopyToHeal): Promise<HealedCopy> =>
    reporting(deps, 'upload', copy.backup, async (report) => {
      const { backup, destination } = copy;
      await holdBackup(deps, backup);
      const { root } = workspaceOf(deps.settings(), `${backup}.heal.${currentRun().runId}`);
      try {
        await makeWorkspace(root, currentRun());
        await storeAgain(deps, copy, root, report);
      } finally {
        await removeTree(root);
      }
      await deps.catalog.clearAlarm(copyAlarm(backup, destination));
      return { backup, destination };
    });
}

async function sourceOf(
  { catalog, hostId, settings }: Dependencies,
  { backup, destination, host }: CopyName,
): Promise<Pick<CopyToHeal, 'from' | 'queue'> | undefined> {
  const known = ['local', ...cloudsOf(settings())];
  const good = (await catalog.copies(backup)).filter(
    (copy) =>
      (copy.state === 'good' || copy.state === 'locked') && known.includes(copy.destination),
  );
  const reads = (place: string | null) => host === null || place === null || place === host;
  const sources = good.filter((copy) => copy.destination !== destination && reads(copy.host));
  // A local one costs nothing to read.
  const source = sources.find((copy) => copy.host !== null) ?? sources[0];
  return source && { from: source.destination, queue: hostQueue(source.host ?? host ?? hostId) };
}

async function storeAgain(
  deps: Dependencies,
  { backup, destination, from }: CopyToHeal,
  root: string,
  report: Report,
): Promise<void> {
  const [source, target] = [deps.storage(from), deps.storage(destination)];
  const manifest = await requireManifest(deps, backup);
  const { database, artifact } = manifest;
  const { signal } = report;
  if (source.kind !== 'local') await requireFreeBytes(root, artifact.bytes, `healing '${backup}'`);
  const read = await versionsIn(deps, { backup, destination: from });
  const versions: Record<string, string> = {};
  for (const { file, bytes: totalBytes, sha256 } of storedFiles(manifest)) {
    const key = storageKey(database, file);
    const onBytes = (bytes: number) =>
      report({ bytes, totalBytes, step: `${from} to ${destination}` });
    const localFile = source.kind === 'local' ? source.uri(key) : join(root, basename(file));
    if (source.kind !== 'local') {
      await source.fetch(key, localFile, { signal, onBytes, versionId: read[file] });
    }
    const about = { bytes: totalBytes, sha256, signal, onBytes, replace: true };
    const { versionId } = await target.put(localFile, key, about);
    if (versionId !== undefined) versions[file] = versionId;
  }
  const hold = (await deps.catalog.summary(backup))?.hold;
  if (hold) {
    const file: Hold = { formatVersion: 1, backup, ...hold };
    await target.putText(storageKey(database, holdFile(backup)), storedText(file));
  }
  await target.putText(storageKey(database, manifestFile(backup)), storedText(manifest));
  const proof = await deps.catalog.proof(backup);
  if (proof) {
    const file = proofFile(backup, new Date(proof.finishedAt));
    await target.putText(storageKey(database, file), storedText(proof));
  }
  const key = storageKey(database, artifact.file);
  await deps.catalog.recordCopy({
    ...{ backup, destination, key, uri: target.uri(key), state: 'good' },
    ...{ bytes: artifact.bytes, sha256: artifact.sha256, versions },
    host: target.kind === 'local' ? deps.hostId : null,
  });
}

function cloudsOf({ destinations }: Settings): string[] {
  return destinations.map(({ name }) => name);
}

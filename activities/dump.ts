import { mkdir } from 'node:fs/promises';
import { sealedFor } from '../src/artifact/encryption.ts';
import {
  databaseSettings,
  withModule,
  type DatabaseSettings,
  type Settings,
} from '../src/config.ts';
import type { Dumped, Escalation, Run } from '../src/domain/run.ts';
import { BackupError } from '../src/errors.ts';
import { dumpDatabase } from '../src/postgres/dump.ts';
import { dumpSessionName } from '../src/postgres/session-name.ts';
import { removeKeptFulls } from '../src/postgres/kept-full.ts';
import { unlessStalled, type StallWatchOptions } from '../src/postgres/stall-watch.ts';
import type { DumpContent } from '../src/postgres/selection.ts';
import { databaseBytes } from '../src/postgres/database-size.ts';
import { directoryUsage } from '../src/system/files.ts';
import { freeBytes, requireFreeBytes } from '../src/system/disk.ts';
import { openNewestBase } from './base.ts';
import type { Dependencies } from './dependencies.ts';
import { currentRun, reporting, type Report } from './reporting.ts';
import { giveBack, serverPlace } from './turn.ts';
import { makeWorkspace, workspaceOf } from './workspace.ts';

// The dump, its sealed file, and the restored database where the scratch server lies on the same disk.
const spaceFactor = 3;

/** Dumps the run's database into its workspace, with all that the proof needs; an earlier attempt's files go first. */
export function dump(deps: Dependencies) {
  return async (run: Run): Promise<Dumped | Escalation> =>
    reporting(deps, 'dump', run.id, async (report) => {
      try {
        return await dumpRun(deps, run, report);
      } catch (error) {
        if (!(error instanceof BackupError) || error.code !== 'needs_full') throw error;
        return { escalation: error.message };
      }
    });
}

async function dumpRun(deps: Dependencies, run: Run, report: Report): Promise<Dumped> {
  const settings = deps.settings();
  const database = databaseSettings(settings, run.database);
  const { root, content, base } = workspaceOf(settings, run.id);
  await makeWorkspace(root, currentRun());
  await mkdir(content, { mode: 0o700 });
  const isIncremental = run.kind === 'incremental';
  const size = await databaseBytes(database.connection, report.signal);
  const needed = size * spaceFactor;
  if ((await freeBytes(root)) < needed) await removeKeptFulls({ all: true });
  await requireFreeBytes(root, needed, `the backup of '${run.database}'`);
  const increment = isIncremental ? await openNewestBase(deps, run, report) : undefined;
  const reading = await unlessStalled(
    stallWatch(settings, database, run, report.signal),
    ({ signal, tell }) =>
      dumpDatabase({
        connection: database.connection,
        content: contentOf(run, database),
        format: isIncremental ? 'plain' : database.format,
        directory: content,
        ...(run.kind === 'full' ? { baseFile: base } : {}), // incrementals follow it
        ...(increment ? { increment } : {}),
        jobs: database.dump.jobs,
        maxBlockSeconds: database.dump.maxBlockSeconds,
        lockTimeoutSeconds: database.dump.lockTimeoutSeconds,
        run: run.id,
        hasPasswords: sealedFor(settings.encryption).length > 0,
        signal,
        onProgress: (progress) => {
          tell(progress);
          report(progress);
        },
      }),
  );
  // Best effort: at the latest the end of the run gives it back.
  await giveBack(deps, currentRun(), serverPlace(database)).catch(() => undefined);
  const { bytes } = await directoryUsage(content);
  return {
    snapshotAt: reading.snapshotAt,
    finishedAt: new Date().toISOString(),
    bytes,
    tables: reading.tables.length,
    rows: reading.tables.reduce((sum, { rows }) => sum + rows, 0),
  };
}

function stallWatch(
  { stallSeconds }: Settings,
  { connection, name }: DatabaseSettings,
  { id }: Run,
  signal: AbortSignal,
): StallWatchOptions {
  const applicationName = dumpSessionName(id);
  return {
    what: `the dump of '${name}'`,
    seconds: stallSeconds,
    connection,
    applicationName,
    signal,
  };
}

/** What a run dumps. Throws `not_found` where its module went out of the settings meanwhile. */
function contentOf(run: Run, database: DatabaseSettings): DumpContent {
  const kind = run.kind === 'incremental' ? 'full' : run.kind;
  const { module: name } = run;
  if (name === null) return { kind, module: null };
  withModule([database], name);
  return { kind, module: { name, patterns: database.modules[name] ?? [] } };
}

import { mkdir } from 'node:fs/promises';
import { sealedFor } from '../src/artifact/encryption.ts';
import { databaseSettings, withModule, type DatabaseSettings } from '../src/config.ts';
import type { Dumped, Run } from '../src/domain/run.ts';
import { BackupError } from '../src/errors.ts';
import { dumpDatabase } from '../src/postgres/dump.ts';
import type { DumpContent } from '../src/postgres/selection.ts';
import { databaseBytes } from '../src/postgres/database-size.ts';
import { directoryUsage } from '../src/system/files.ts';
import { requireFreeBytes } from '../src/system/disk.ts';
import type { Dependencies } from './dependencies.ts';
import { currentRun, reporting } from './reporting.ts';
import { makeWorkspace, workspaceOf } from './workspace.ts';

// The dump, its sealed file, and the restored database where the scratch server lies on the same disk.
const spaceFactor = 3;

/** Dumps the run's database into its workspace, with all that the proof needs; an earlier attempt's files go first. */
export function dump(deps: Dependencies) {
  return async (run: Run): Promise<Dumped> =>
    reporting(deps, 'dump', run.id, async (report) => {
      const settings = deps.settings();
      const database = databaseSettings(settings, run.database);
      const { root, content } = workspaceOf(settings, run.id);
      await makeWorkspace(root, currentRun());
      await mkdir(content, { mode: 0o700 });
      const size = await databaseBytes(database.connection, report.signal);
      await requireFreeBytes(root, size * spaceFactor, `the backup of '${run.database}'`);
      const reading = await dumpDatabase({
        connection: database.connection,
        content: contentOf(run, database),
        format: database.format,
        directory: content,
        jobs: database.dump.jobs,
        maxBlockSeconds: database.dump.maxBlockSeconds,
        lockTimeoutSeconds: database.dump.lockTimeoutSeconds,
        run: run.id,
        hasPasswords: sealedFor(settings.encryption).length > 0,
        signal: report.signal,
        onProgress: report,
      });
      const { bytes } = await directoryUsage(content);
      return {
        snapshotAt: reading.snapshotAt,
        finishedAt: new Date().toISOString(),
        bytes,
        tables: reading.tables.length,
        rows: reading.tables.reduce((sum, { rows }) => sum + rows, 0),
      };
    });
}

/** What a run dumps. Throws `not_found` where its module went out of the settings meanwhile. */
function contentOf({ kind, module: name }: Run, database: DatabaseSettings): DumpContent {
  if (kind === 'incremental') throw new BackupError('internal', `this is no dump: '${kind}'`);
  if (name === null) return { kind, module: null };
  withModule([database], name);
  return { kind, module: { name, patterns: database.modules[name] ?? [] } };
}

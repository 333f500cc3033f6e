import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { formatCount } from '../../domain/format.ts';
import { keyOf, matcher } from '../../domain/restore-inside.ts';
import type { Compared, InsidePlan, Omitted } from '../../domain/restore.ts';
import type { NotCompared, SourceReading, TableFingerprint } from '../../domain/source-reading.ts';
import { BackupError } from '../../errors.ts';
import { withPrivateDirectory } from '../../system/private-directory.ts';
import type { Connection } from '../connection.ts';
import { watchDatabaseSize } from '../database-size.ts';
import { fingerprintTables, incomparable, pinSession } from '../fingerprint.ts';
import { qualified } from '../incremental/buckets.ts';
import { readSource } from '../read-source.ts';
import { listRelations, listUsedSequences, withParents, type Relation } from '../relations.ts';
import { omitting } from '../restore-dump.ts';
import { runScript } from '../restore-script.ts';
import { scratchConnection } from '../scratch-session.ts';
import { describeScratch, type Scratch } from '../scratch-target.ts';
import { sessionName } from '../session-name.ts';
import { withSession } from '../session.ts';
import { listTables, type TableDescription } from '../tables.ts';
import { readDumpedRefreshes, readDumpedSequences, scriptOf, withList } from '../toc.ts';
import type { LinkedEntry } from '../toc.ts';
import { makeRoles, type BesideProgress } from './beside.ts';
import {
  danglingKeys,
  readContents,
  withBelongings,
  type DumpContents,
  type DumpedTable,
} from './contents.ts';
import { ending, opening, replaceRows } from './inside-sql.ts';
import { withTargetServer } from './server.ts';

export interface InsideOptions {
  readonly target: Connection;
  /** Holds the dump and `verify/`. */
  readonly directory: string;
  readonly inside: InsidePlan;
  readonly omitted: Omitted;
  readonly roles: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: BesideProgress) => void;
}

/**
 * Restores tables into the database that is there, in one transaction: those that it lacks are made with all that belongs
 * to them, those that it has get the backup's rows. They are compared, if this version can, before it is committed; done
 * again, it does the same. Throws `restore_failed`, and `conflict` where somebody made one of them meanwhile; then nothing
 * was changed.
 */
export async function restoreTables(options: InsideOptions): Promise<Compared> {
  const { target, directory, inside, omitted, roles, signal, onProgress } = options;
  const source = await readSource(directory);
  return withTargetServer(target, signal, async ({ client: server, place }) => {
    const described = { place, server, directory, source, jobs: 1, signal, omitted };
    const scratch = await describeScratch(described);
    const connection = scratchConnection(place, target.database);
    if (roles) await makeRoles(server, directory);
    const session = { purpose: 'restoring', signal };
    const work = await withSession(connection, session, (client) =>
      prepare({ client, scratch, inside, omitted }),
    );
    onProgress({ step: `restoring ${formatCount(work.compared.length, 'table')}`, bytes: 0 });
    const size = watchDatabaseSize(server, target.database, (bytes) =>
      onProgress({ step: `restoring ${formatCount(work.compared.length, 'table')}`, bytes }),
    );
    const warnings = await carryOut(scratch, connection, work)
      .catch((error: unknown) => leave(connection, signal, error))
      .finally(() => size.stop());
    await withSession(connection, session, (client) => analyze(client, work));
    return summarise(work, warnings);
  });
}

interface Work {
  readonly entries: readonly LinkedEntry[];
  readonly before: string;
  readonly after: string;
  readonly compared: readonly {
    readonly table: TableDescription;
    readonly expected: TableFingerprint;
  }[];
  /** Why their rows cannot be compared; null: they are. */
  readonly unproven: string | null;
  readonly notCompared: readonly NotCompared[];
  readonly args: readonly string[];
}

interface Preparation {
  readonly client: pg.Client;
  readonly scratch: Scratch;
  readonly inside: InsidePlan;
  readonly omitted: Omitted;
}

async function prepare({ client, scratch, inside, omitted }: Preparation): Promise<Work> {
  const { dump, source } = scratch;
  await pinSession(client);
  const relations = await listRelations(client);
  const contents = await readContents(dump, source);
  const { made, filled, done } = sortTables(contents, inside, relations);
  await requireDone(client, done, source);
  const args = ['--no-tablespaces', ...omitting(omitted)];
  const all = withBelongings(contents.toc, made);
  const there = new Set(relations.map(keyOf));
  const dangling = danglingKeys(all, contents, (table) => there.has(keyOf(table)));
  const dropped = new Set(dangling.map(({ id }) => id));
  const belonging = all.filter(
    ({ id, needs }) => !dropped.has(id) && !needs.some((need) => dropped.has(need)),
  );
  const described = await describe(
    client,
    await scriptOf(dump, belonging, [...args, '--section=pre-data']),
  );
  const around = await replaceRows(
    client,
    filled.map(({ relation }) => relation),
    relations,
  );
  const sequences = await sequencesOf(client, scratch, contents, { filled, relations });
  const views = inside.patterns === null ? await viewsOf(scratch, contents, there) : [];
  const compared = comparisons([...made, ...filled], described, source);
  const unproven = incomparable(source.fingerprintAlgorithm);
  const checked = unproven === null ? compared : [];
  return {
    // Rows of tables that are there come first: keys of new ones may point to them.
    entries: [...filled.map(({ rows }) => rows), ...belonging],
    before: [opening, around.before, ''].join('\n'),
    after: [around.after, ending(checked, sequences, views)].join('\n'),
    ...{ compared, unproven, args },
    notCompared: notCompared(dangling, filled.length > 0),
  };
}

type Made = DumpedTable & { readonly definition: LinkedEntry };
type Filled = DumpedTable & { readonly rows: LinkedEntry; readonly relation: Relation };

/** `done`: made since it was asked for, by an earlier attempt of ours, or by somebody else. */
function sortTables(
  { tables }: DumpContents,
  { patterns, replaced }: InsidePlan,
  relations: readonly Relation[],
): { made: Made[]; filled: Filled[]; done: DumpedTable[] } {
  const isMeant = matcher(patterns, relations);
  const there = new Map(relations.map((one) => [keyOf(one), one]));
  const mayReplace = new Set(replaced.map(keyOf));
  const [made, filled, done]: [Made[], Filled[], DumpedTable[]] = [[], [], []];
  for (const one of tables) {
    // A backup of a part knows the other tables, too, without their rows.
    if (patterns === null ? one.rows === null : !isMeant(one.table)) continue;
    const { definition, rows, table } = one;
    const relation = there.get(keyOf(table));
    if (!relation && definition) made.push({ ...one, definition });
    if (relation && rows)
      if (mayReplace.has(keyOf(table))) filled.push({ ...one, rows, relation });
      else done.push(one);
  }
  return { made, filled, done };
}

async function requireDone(
  client: pg.Client,
  done: readonly DumpedTable[],
  { tables, fingerprintAlgorithm }: SourceReading,
): Promise<void> {
  const names = new Set(done.map(({ table }) => keyOf(table)));
  const present = (await listTables(client)).filter((one) => names.has(keyOf(one)));
  const expected = new Map(tables.map((one) => [keyOf({ ...one, name: one.table }), one]));
  const isOther = incomparable(fingerprintAlgorithm) !== null;
  for (const found of await fingerprintTables({ clients: [client], tables: present })) {
    const { schema, table, rows, hash } = found;
    const one = expected.get(keyOf({ schema, name: table }));
    if (one?.rows === rows && (isOther || one.hash === hash)) continue;
    throw new BackupError('conflict', `somebody made table '${schema}.${table}' meanwhile`, {
      hint: 'it is as it was; look what it is, and restore again',
    });
  }
}

/** All tables as they will be: the new ones are made and taken back, which also shows whether they can be. */
async function describe(client: pg.Client, script: string): Promise<TableDescription[]> {
  try {
    await client.query('BEGIN');
    // Meant for psql alone.
    await client.query(script.replaceAll(/^\\(un)?restrict .*$/gm, ''));
  } catch (error) {
    throw failed(error instanceof Error ? error.message : String(error), undefined, error);
  }
  await pinSession(client);
  const tables = await listTables(client);
  await client.query('ROLLBACK');
  return tables;
}

function comparisons(
  chosen: readonly DumpedTable[],
  described: readonly TableDescription[],
  { tables }: SourceReading,
): Work['compared'] {
  const byName = new Map(described.map((one) => [keyOf(one), one]));
  const names = new Set(chosen.map(({ table }) => keyOf(table)));
  return tables.flatMap((expected) => {
    const name = keyOf({ schema: expected.schema, name: expected.table });
    const table = byName.get(name);
    return table && names.has(name) ? [{ table, expected }] : [];
  });
}

/** Of the tables whose rows are replaced; what is made brings its own. */
async function sequencesOf(
  client: pg.Client,
  { dump }: Scratch,
  { toc }: DumpContents,
  { filled, relations }: { filled: readonly Filled[]; relations: readonly Relation[] },
) {
  const byOid = new Map(relations.map((one) => [one.oid, one]));
  const users = withParents(
    filled.map(({ relation }) => relation),
    relations,
  );
  const used = (await listUsedSequences(client)).filter(({ table }) => users.has(table));
  const names = new Set(
    used.map(({ sequence }) => byOid.get(sequence)).map((one) => one && keyOf(one)),
  );
  const dumped = await readDumpedSequences(dump, toc);
  return dumped.filter(({ schema, sequence }) => names.has(keyOf({ schema, name: sequence })));
}

async function viewsOf({ dump }: Scratch, { toc }: DumpContents, there: ReadonlySet<string>) {
  const views = await readDumpedRefreshes(dump, toc);
  return views.filter((view) => there.has(keyOf(view)));
}

/** Our lines, the dump's entries and our lines as one script; without its end nothing is committed. */
async function carryOut(
  { dump, psql }: Scratch,
  target: Connection,
  { entries, before, after, args }: Work,
): Promise<readonly string[]> {
  if (entries.length === 0) return [];
  return withPrivateDirectory(async (directory) => {
    const [first, last] = [path.join(directory, 'before'), path.join(directory, 'after')];
    await writeFile(first, before, { mode: 0o600 });
    await writeFile(last, after, { mode: 0o600 });
    return withList(entries, async (list) => {
      const join = 'first=$1; last=$2; shift 2; cat -- "$first"; "$@"; cat -- "$last"';
      const restore = [dump.program, ...args, `--use-list=${list}`, '--file=-', dump.archive];
      const source = ['sh', '-ec', join, 'sh', first, last, ...restore];
      const { signal } = dump;
      const result = await runScript(source, { target, psql, signal });
      if (result.state !== 'restored') throw failed(result.reason, result.warnings.join('\n'));
      return result.warnings;
    });
  });
}

/** Without `psql`, its session would wait for its lock on the server for ever, and others behind it. */
async function leave(target: Connection, signal: AbortSignal, error: unknown): Promise<never> {
  const end = (client: pg.Client) =>
    client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = $1 AND datname = current_database() AND usename = current_user`,
      [sessionName({ purpose: 'restoring' })],
    );
  if (signal.aborted)
    await withSession(target, { purpose: 'stopping a restore' }, end).catch(() => undefined);
  throw error;
}

function failed(reason: string, detail?: string, cause?: unknown): BackupError {
  return new BackupError('restore_failed', `nothing was changed: ${reason}`, {
    hint: 'what a table needs has to be there: its schema, types, functions, the rows that its keys point to; or restore all with --create',
    ...(detail === undefined ? {} : { detail }),
    ...(cause === undefined ? {} : { cause }),
  });
}

async function analyze(client: pg.Client, { compared }: Work): Promise<void> {
  for (const { table } of compared) await client.query(`ANALYZE ${qualified(table)}`);
}

function notCompared(dangling: readonly LinkedEntry[], hasReplaced: boolean): NotCompared[] {
  return [
    { what: 'everything else in the database', why: 'it was left as it is' },
    ...(hasReplaced
      ? [
          {
            what: 'definitions of tables that were there',
            why: 'their rows alone were replaced; their sequences are set forward, never back',
          },
        ]
      : []),
    ...dangling.map(({ text }) => ({
      what: text.replace('FK CONSTRAINT', 'foreign key'),
      why: 'the table that it points to is not there: it was left out',
    })),
  ];
}

function summarise(
  { compared, unproven: reason, notCompared: left }: Work,
  warnings: readonly string[],
): Compared {
  return {
    ...{ state: reason === null ? 'proven' : 'unproven', reason, mismatches: 0, notCompared: left },
    warnings: warnings.slice(0, 100),
    tables: compared.length,
    rows: compared.reduce((sum, { expected }) => sum + expected.rows, 0),
  };
}

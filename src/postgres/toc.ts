import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { NamedSequence } from '../domain/compare.ts';
import type { LeftOutForeignKey } from '../domain/dump-layout.ts';
import { splitName, splitSql, unquote } from '../domain/sql-text.ts';
import { BackupError } from '../errors.ts';
import { withPrivateDirectory } from '../system/private-directory.ts';
import { runProgram } from '../system/program.ts';

/** One line of `pg_restore --list`. */
export interface TocEntry {
  readonly line: string;
  /** What stands behind the numbers: type, schema, name and owner with blanks in between. */
  readonly text: string;
}

/** A dump, in a directory or in one file, and the program that reads it. */
export interface Dump {
  readonly program: string;
  readonly archive: string;
  readonly signal: AbortSignal;
}

/** The dump's table of contents, or what `pg_restore` chooses of it by these arguments. */
export async function readToc(
  { program, archive, signal }: Dump,
  args: readonly string[] = [],
): Promise<TocEntry[]> {
  const stdout = await read(program, ['--list', ...args, archive], signal);
  return [...stdout.matchAll(/^\d+; \d+ \d+ (.*)$/gm)].map(([line, text = '']) => ({ line, text }));
}

/** An entry with its number and the numbers of those that it needs. */
export interface LinkedEntry extends TocEntry {
  readonly id: number;
  readonly needs: readonly number[];
}

/** The dump's table of contents with what each entry needs. */
export async function readLinkedToc({ program, archive, signal }: Dump): Promise<LinkedEntry[]> {
  const stdout = await read(program, ['--list', '--verbose', archive], signal);
  const entries =
    /^(?<line>(?<id>\d+); \d+ \d+ (?<text>.*))(?:\n;\tdepends on: (?<needs>[\d ]+))?/gm;
  return [...stdout.matchAll(entries)].map(({ groups = {} }) => ({
    line: groups['line'] ?? '',
    text: groups['text'] ?? '',
    id: Number(groups['id']),
    needs: groups['needs']?.trim().split(/ +/).map(Number) ?? [],
  }));
}

/** The tables that the dump defines, by the numbers of their entries; blanks stand for line breaks in a name. */
export async function readDefinedTables(
  dump: Dump,
  toc: readonly LinkedEntry[],
): Promise<Map<number, { schema: string; name: string }>> {
  const wanted = toc.filter(({ text }) => /^TABLE (?!DATA |ATTACH )/.test(text));
  const script = await scriptOf(dump, wanted, ['--verbose']);
  const heads =
    /^-- TOC entry (\d+) .*\n(?:-- Dependencies: .*\n)?-- Name: (.*); Type: TABLE; Schema: (.*); Owner: /gm;
  return new Map(
    [...script.matchAll(heads)].map(([, id, name = '', schema = '']) => [
      Number(id),
      { schema, name },
    ]),
  );
}

/** The entries without those foreign keys and the comments on them; blanks stand for line breaks in an entry. */
export function withoutLeftOut(
  toc: readonly TocEntry[],
  leftOut: readonly LeftOutForeignKey[],
): TocEntry[] {
  const oids = new Set(leftOut.map(({ oid }) => String(oid)));
  const comments = leftOut.map(({ schema, tag }) =>
    `COMMENT ${schema} ${tag} `.replace(/[\r\n]/g, ' '),
  );
  return toc.filter(({ line, text }) => {
    const oid = /^\d+; 2606 (\d+) FK CONSTRAINT /.exec(line)?.[1];
    if (oid !== undefined) return !oids.has(oid);
    return !comments.some((comment) => text.startsWith(comment));
  });
}

async function read(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  try {
    return (await runProgram(program, args, { signal })).stdout;
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'program_failed') throw error;
    const detail = error.detail ?? '';
    throw new BackupError('restore_failed', `the dump cannot be read: ${error.message}`, {
      detail,
      cause: error,
    });
  }
}

/** Runs `use` with a file that lists these entries, as `pg_restore --use-list` takes it. */
export async function withList<T>(
  entries: readonly TocEntry[],
  use: (file: string) => Promise<T>,
): Promise<T> {
  return withPrivateDirectory(async (directory) => {
    const file = path.join(directory, 'list');
    await writeFile(file, entries.map(({ line }) => `${line}\n`).join(''), { mode: 0o600 });
    return use(file);
  });
}

/** The SQL of these entries; do not ask for those that hold rows. Empty where there are none. */
export async function scriptOf(
  dump: Dump,
  entries: readonly TocEntry[],
  args: readonly string[] = [],
): Promise<string> {
  if (entries.length === 0) return '';
  return withList(entries, async (list) => {
    const all = [...args, `--use-list=${list}`, '--file=-', dump.archive];
    return read(dump.program, all, dump.signal);
  });
}

/** The value that the dump gives to each of its sequences. */
export async function readDumpedSequences(
  dump: Dump,
  toc: readonly TocEntry[],
): Promise<NamedSequence[]> {
  const script = await scriptOf(
    dump,
    toc.filter(({ text }) => text.startsWith('SEQUENCE SET ')),
  );
  return splitSql(script, ';').flatMap((statement) => {
    const [, call] = /^SELECT pg_catalog\.setval\(([\s\S]*)\)$/.exec(statement) ?? [];
    if (call === undefined) return [];
    const [name = '', value = '', isCalled] = splitSql(call, ',');
    const [schema = '', sequence = ''] = splitName(unquote(name));
    return [{ schema, sequence, value: { value, isCalled: isCalled === 'true' } }];
  });
}

/** The materialized views that the dump fills, as `schema` and `name`. */
export async function readDumpedRefreshes(
  dump: Dump,
  toc: readonly TocEntry[],
): Promise<{ schema: string; name: string }[]> {
  const wanted = toc.filter(({ text }) => text.startsWith('MATERIALIZED VIEW DATA '));
  const script = await scriptOf(dump, wanted);
  return splitSql(script, ';').flatMap((statement) => {
    const [, qualified] = /^REFRESH MATERIALIZED VIEW ([\s\S]*)$/.exec(statement) ?? [];
    if (qualified === undefined) return [];
    const [schema = '', name = ''] = splitName(qualified);
    return [{ schema, name }];
  });
}

/** Owners, grants and comments of the dump's large objects, as `pg_dump` writes them. */
export async function readLargeObjectSchema(dump: Dump, toc: readonly TocEntry[]): Promise<string> {
  const wanted = toc.filter(({ text }) =>
    /^(BLOB|BLOB METADATA|(ACL|COMMENT|SECURITY LABEL) - LARGE OBJECTS?) /.test(text),
  );
  return scriptOf(dump, wanted, ['--section=pre-data']);
}

/** How many entries lie in a tablespace of their own, by tablespace; needs the whole schema's text. */
export function tablespacesIn(schemaSql: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [, name = ''] of schemaSql.matchAll(/^-- Name: .*; Owner: .*; Tablespace: (.*)$/gm)) {
    found.set(name, (found.get(name) ?? 0) + 1);
  }
  return found;
}

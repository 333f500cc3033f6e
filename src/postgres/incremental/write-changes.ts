import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type pg from 'pg';
import type { BaseFacts } from '../../domain/incremental/base.ts';
import type { SequenceReading } from '../../domain/source-reading.ts';
import type { Changes, TableChange } from './changes.ts';
import { changesOf, opening, requirement, setSequence, type Piece } from './changes-sql.ts';
import { qualified } from './buckets.ts';
import { copyInto } from './copy-lines.ts';
import type { View } from './database-facts.ts';
import { eventTriggersOn, readFiring, type Firing } from './firing.ts';
import { forEachTable } from './for-each-table.ts';

export interface WriteChangesOptions {
  /** The incremental's id. */
  readonly id: string;
  readonly file: string;
  readonly base: BaseFacts;
  readonly changes: Changes;
  /** They see the snapshot that the changes were found under. */
  readonly clients: readonly [pg.Client, ...pg.Client[]];
  readonly signal: AbortSignal;
}

/** Writes the script up to its last rows; `finishChanges` ends it when the snapshot is not needed any more. */
export async function writeChanges(options: WriteChangesOptions): Promise<void> {
  const { clients, changes, file } = options;
  const touched = changes.tables.filter(({ dirty }) => dirty.length > 0);
  const firing = await readFiring(
    clients[0],
    touched.filter(({ was }) => was),
  );
  const parts = await writeParts(options, touched);
  await writePieces(file, 'w', rowsPart(options, firing, parts));
}

/** What each table contributes, in a file of its own: as many tables at once as there are sessions. */
async function writeParts(
  { clients, file, changes: { firstNew }, signal }: WriteChangesOptions,
  tables: readonly TableChange[],
): Promise<Map<TableChange, string>> {
  const parts = new Map(tables.map((table, index) => [table, `${file}.${index}`]));
  await forEachTable({ clients, tables, signal }, async (queue, client, _, stop) => {
    for (const table of queue)
      await writePieces(parts.get(table) ?? '', 'w', changesOf(table, firstNew), (query, send) =>
        copyInto(client, query, send, stop),
      );
  });
  return parts;
}

function* rowsPart(
  { id, base, changes }: WriteChangesOptions,
  firing: Firing,
  parts: Map<TableChange, string>,
): Generator<Piece> {
  const { schema, tables } = changes;
  yield opening(id, base);
  for (const { table, was } of tables) if (was) yield requirement(table, was);
  // What hangs on a dropped table is gone at the source, too, else there would be no incremental.
  if (schema.dropped.length > 0) yield `DROP TABLE ${schema.dropped.join(', ')} CASCADE;\n`;
  for (const sql of schema.before) yield `\n${sql}\n`;
  yield firing.off;
  for (const table of tables) {
    const file = parts.get(table);
    if (file !== undefined) yield { file };
  }
  yield firing.on;
}

export interface FinishChangesOptions extends Pick<
  WriteChangesOptions,
  'file' | 'base' | 'changes'
> {
  /** As they are now, by schema and name. */
  readonly sequences: readonly SequenceReading[];
  /** Those that are part of the backup, each behind what it is made from. */
  readonly views: readonly View[];
}

/** Writes what comes behind the rows, and the end. */
export async function finishChanges(options: FinishChangesOptions): Promise<void> {
  await writePieces(options.file, 'a', lastPart(options));
}

function* lastPart(options: FinishChangesOptions): Generator<Piece> {
  for (const sql of options.changes.schema.after) yield `\n${sql}\n`;
  yield* sequencesPart(options);
  yield* viewsPart(options);
  yield eventTriggersOn;
  yield 'COMMIT;\n\\endif\n';
}

/** A sequence that stood still needs nothing; what the full set it to lies between its two readings. */
function* sequencesPart({ base, sequences }: FinishChangesOptions): Generator<Piece> {
  const known = new Map(base.sequences.map((sequence) => [nameOf(sequence), sequence]));
  for (const sequence of sequences) {
    const was = known.get(nameOf(sequence));
    const values = [was?.before, was?.after, sequence.after].map((value) => JSON.stringify(value));
    if (sequence.after && new Set(values).size > 1) yield setSequence(sequence, sequence.after);
  }
}

function* viewsPart({ base, changes, views }: FinishChangesOptions): Generator<Piece> {
  const isTouched =
    changes.schema.dropped.length > 0 || changes.tables.some(({ dirty }) => dirty.length > 0);
  const filled = new Set(base.filledViews);
  for (const view of views) {
    const wasFilled = filled.has(viewName(view));
    const refresh = `REFRESH MATERIALIZED VIEW ${qualified(view)}`;
    if (view.filled && (isTouched || !wasFilled)) yield `${refresh};\n`;
    if (!view.filled && wasFilled) yield `${refresh} WITH NO DATA;\n`;
  }
}

function nameOf({ schema, sequence }: SequenceReading): string {
  return JSON.stringify([schema, sequence]);
}

export function viewName({ schema, name }: Pick<View, 'schema' | 'name'>): string {
  return JSON.stringify([schema, name]);
}

type Send = (bytes: string | Uint8Array) => Promise<void>;

async function writePieces(
  file: string,
  flags: 'w' | 'a',
  pieces: Iterable<Piece>,
  copy: (query: string, send: Send) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const output = createWriteStream(file, { mode: 0o600, flags });
  const end = finished(output);
  end.catch(() => undefined); // it is awaited below; until then it must not count as unhandled
  const send: Send = async (bytes) => {
    if (!output.write(bytes)) await Promise.race([once(output, 'drain'), end]);
  };
  try {
    for (const piece of pieces) {
      if (typeof piece === 'string') await send(piece);
      else if ('rowsOf' in piece) await copy(piece.rowsOf, send);
      else await moveInto(piece.file, send);
    }
  } finally {
    output.end();
  }
  await end;
}

async function moveInto(file: string, send: Send): Promise<void> {
  for await (const bytes of createReadStream(file)) await send(bytes as Uint8Array);
  await rm(file);
}

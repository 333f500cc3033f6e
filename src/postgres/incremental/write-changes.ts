import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type pg from 'pg';
import type { BaseFacts } from '../../domain/incremental/base.ts';
import type { SequenceReading } from '../../domain/source-reading.ts';
import type { Changes, FindChangesOptions, TableChange } from './changes.ts';
import { changesOf, opening, requirement, setSequence, type Piece } from './changes-sql.ts';
import { qualified } from './buckets.ts';
import { copyInto } from './copy-lines.ts';
import type { View } from './database-facts.ts';
import { eventTriggersOn, readFiring, type Firing } from './firing.ts';

export interface WriteChangesOptions {
  /** The incremental's id. */
  readonly id: string;
  readonly file: string;
  readonly base: BaseFacts;
  readonly changes: Changes;
  /** Sees the snapshot that the changes were found under. */
  readonly client: pg.Client;
}

/** Writes what one table contributes beside the script that it will be part of. */
export function partWriter(file: string): FindChangesOptions['write'] {
  return async (change, { client, firstNew, signal }) =>
    writePieces(partFile(file, change), 'w', changesOf(change, firstNew), (query, send) =>
      copyInto(client, query, send, signal),
    );
}

function partFile(file: string, { facts }: TableChange): string {
  return `${file}.${facts.oid}`;
}

/** Puts the script together up to its last rows; `finishChanges` ends it when the snapshot is not needed any more. */
export async function writeChanges(options: WriteChangesOptions): Promise<void> {
  const { client, changes, file } = options;
  const touched = changes.tables.filter(({ was, dirty }) => was && dirty.length > 0);
  const firing = await readFiring(client, touched);
  await writePieces(file, 'w', rowsPart(options, firing));
}

function* rowsPart(
  { id, file, base, changes }: WriteChangesOptions,
  firing: Firing,
): Generator<Piece> {
  const { schema, tables } = changes;
  yield opening(id, base);
  for (const { table, was } of tables) if (was) yield requirement(table, was);
  // What hangs on a dropped table is gone at the source, too, else there would be no incremental.
  if (schema.dropped.length > 0) yield `DROP TABLE ${schema.dropped.join(', ')} CASCADE;\n`;
  for (const sql of schema.before) yield `\n${sql}\n`;
  yield firing.off;
  for (const table of tables) if (table.dirty.length > 0) yield { file: partFile(file, table) };
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

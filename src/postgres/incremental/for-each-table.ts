import type pg from 'pg';
import type { BucketedTable } from './buckets.ts';

/**
 * Shares tables out among sessions, the big ones first: `work` is called once for each session with the tables that it gets,
 * one after the other. The first failure stops all of them and is thrown when they have ended.
 */
export async function forEachTable<Table extends Pick<BucketedTable, 'table'>, Result>(
  options: {
    readonly clients: readonly pg.Client[];
    readonly tables: readonly Table[];
    readonly signal: AbortSignal;
  },
  work: (
    tables: Iterable<Table>,
    client: pg.Client,
    index: number,
    signal: AbortSignal,
  ) => Promise<Result>,
): Promise<Result[]> {
  const { clients, signal } = options;
  const queue = options.tables.toSorted((a, b) => b.table.pages - a.table.pages);
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  function* rest(): Generator<Table, void> {
    for (let next = queue.shift(); next && !stop.aborted; next = queue.shift()) yield next;
  }
  const all = clients.map(async (client, index) => {
    try {
      return await work(rest(), client, index, stop);
    } catch (error) {
      failed.abort(error); // only the first reason is kept
      throw error;
    }
  });
  await Promise.allSettled(all);
  signal.throwIfAborted();
  failed.signal.throwIfAborted();
  return Promise.all(all);
}

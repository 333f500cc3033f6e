import { randomBytes } from 'node:crypto';
import type { Client, QueryResult } from 'pg';
import type { TransactionMark } from '../../domain/incremental/base.ts';
import { translatePgError } from '../pg-error.ts';

/**
 * Leaves a mark in the server's history: transactions that do nothing, of which chance decides whether they are committed.
 * Only a server that went on from here knows which are; one whose storage was set back has others under their numbers.
 */
export async function leaveMark(client: Client): Promise<TransactionMark> {
  const ends = [...randomBytes(transactions)].map((byte) => (byte % 2 ? 'ROLLBACK' : 'COMMIT'));
  // One message: the server may be far away.
  const sql = ends.map((end) => `BEGIN; SELECT pg_current_xact_id()::text AS id; ${end};`).join('');
  try {
    const results = (await client.query(sql)) as unknown as readonly QueryResult<{ id: string }>[];
    const ids = results.flatMap(({ rows }) => rows.map(({ id }) => id));
    const ended = (how: string): string[] => ids.filter((_, index) => ends[index] === how);
    return { committed: ended('COMMIT'), aborted: ended('ROLLBACK') };
  } catch (error) {
    throw translatePgError(error, client);
  }
}

/** Another history has the same mark in one of 2^32 cases. */
const transactions = 32;

/** Whether the server contradicts a mark. What it knows no more, because all rows were frozen since, contradicts nothing. */
export async function contradictsMark(client: Client, mark: TransactionMark): Promise<boolean> {
  try {
    const { rows } = await client.query<{ contradicts: boolean }>(contradictsSql, [
      mark.committed,
      mark.aborted,
    ]);
    return rows[0]?.contradicts === true;
  } catch (error) {
    throw translatePgError(error, client);
  }
}

// To ask for the status of one that did not begin yet is an error.
const contradictsSql = `
  SELECT coalesce(bool_or(
    CASE WHEN id::xid8 < pg_snapshot_xmax(pg_current_snapshot()) THEN pg_xact_status(id::xid8) <> status
         ELSE true END), false) AS contradicts
  FROM (SELECT unnest($1::text[]), 'committed' UNION ALL SELECT unnest($2::text[]), 'aborted') AS mark (id, status)`;

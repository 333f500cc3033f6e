import { DatabaseError, escapeIdentifier, escapeLiteral, type Client } from 'pg';
import type { SequenceValue } from '../domain/source-reading.ts';
import { BackupError } from '../errors.ts';
import { translatePgError } from './pg-error.ts';

export interface ReadSequence {
  readonly schema: string;
  readonly sequence: string;
  readonly value: SequenceValue;
}

/**
 * The present value of every sequence, by schema and name. Sequences are not MVCC: a snapshot does not hold them still, so
 * read them outside of a transaction, where one that is dropped meanwhile can be passed over.
 * Throws `permission_denied` naming a sequence that may not be read.
 */
export async function readSequences(client: Client): Promise<ReadSequence[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readOnce(client);
    } catch (error) {
      const dropped = error instanceof DatabaseError && error.code === '42P01';
      if (!dropped || attempt === maxAttempts) throw translatePgError(error, client);
    }
  }
}

const maxAttempts = 100;

async function readOnce(client: Client): Promise<ReadSequence[]> {
  const { rows: listed } = await client.query<ListedSequence>(listSql);
  const sequences = listed.filter(({ readable }) => readable !== null);
  const refused = sequences.find(({ readable }) => readable === false);
  if (refused) throw refusal(client, refused);
  const read: ReadSequence[] = [];
  for (let start = 0; start < sequences.length; start += batch) {
    const sql = sequences
      .slice(start, start + batch)
      .map(valueSql)
      .join(' UNION ALL ');
    const { rows } = await client.query<ValueRow>(sql);
    for (const { schema, sequence, value, is_called: isCalled } of rows) {
      read.push({ schema, sequence, value: { value, isCalled } });
    }
  }
  return read;
}

/** Sequences in one query; each takes a place in the server's lock table as long as the query runs. */
const batch = 200;

interface ListedSequence {
  readonly schema: string;
  readonly sequence: string;
  /** null: dropped while it was being listed. */
  readonly readable: boolean | null;
}

interface ValueRow {
  readonly schema: string;
  readonly sequence: string;
  readonly value: string;
  readonly is_called: boolean;
}

const listSql = `
  SELECT n.nspname AS schema, c.relname AS sequence,
         has_schema_privilege(n.oid, 'USAGE') AND has_sequence_privilege(c.oid, 'SELECT') AS readable
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'S' AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  ORDER BY n.nspname, c.relname`;

function valueSql({ schema, sequence }: ListedSequence): string {
  return (
    `SELECT ${escapeLiteral(schema)} AS schema, ${escapeLiteral(sequence)} AS sequence, ` +
    `last_value::text AS value, is_called FROM ${escapeIdentifier(schema)}.${escapeIdentifier(sequence)}`
  );
}

function refusal(client: Client, { schema, sequence }: ListedSequence): BackupError {
  const role = escapeIdentifier(client.user ?? 'the backup role');
  return new BackupError(
    'permission_denied',
    `role '${client.user ?? '?'}' may not read sequence '${schema}.${sequence}'`,
    {
      hint:
        `GRANT USAGE ON SCHEMA ${escapeIdentifier(schema)} TO ${role}; ` +
        `GRANT SELECT ON SEQUENCE ${escapeIdentifier(schema)}.${escapeIdentifier(sequence)} TO ${role}`,
    },
  );
}

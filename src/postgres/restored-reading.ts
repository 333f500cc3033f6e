import type pg from 'pg';
import type { NamedSequence } from '../domain/compare.ts';
import type {
  DatabaseProperties,
  Extension,
  LargeObjectsReading,
  TableFingerprint,
} from '../domain/source-reading.ts';
import type { Connection } from './connection.ts';
import { fingerprintTables, pinSession } from './fingerprint.ts';
import { readLargeObjects } from './large-objects.ts';
import { readExtensions, readProperties } from './properties.ts';
import { dumpLargeObjectSchema, dumpRoles, dumpSchema } from './schema-dump.ts';
import { readSequences } from './sequences.ts';
import { listTables } from './tables.ts';

/** Everything of a restored database that is compared with the source. */
export interface RestoredReading {
  readonly tables: readonly TableFingerprint[];
  readonly sequences: readonly NamedSequence[];
  readonly largeObjects: LargeObjectsReading;
  readonly properties: DatabaseProperties;
  readonly extensions: readonly Extension[];
  readonly filledViews: readonly { readonly schema: string; readonly name: string }[];
  readonly schema: string;
  readonly largeObjectSchema: string;
  readonly globals: string;
}

/** Reads what was restored; nothing else may be changing it. */
export async function readRestored(options: {
  /** Two sessions on the restored database. */
  readonly clients: readonly [pg.Client, pg.Client];
  readonly connection: Connection;
  /** No `pgDumpall`: roles are not looked at. */
  readonly programs: { readonly pgDump: string; readonly pgDumpall: string | null };
  readonly signal: AbortSignal;
  onTable(table: TableFingerprint): void;
}): Promise<RestoredReading> {
  const { clients, connection, programs, signal } = options;
  const [client] = clients;
  await Promise.all(clients.map(pinSession));
  const tables = await fingerprintTables({
    clients,
    tables: await listTables(client),
    signal,
    onTable: (table) => options.onTable(table),
  });
  const schemaOptions = { program: programs.pgDump, connection, signal };
  return {
    tables,
    sequences: await readSequences(client),
    largeObjects: await readLargeObjectsNow(client),
    properties: await readProperties(client),
    extensions: await readExtensions(client),
    filledViews: await readFilledViews(client),
    schema: await dumpSchema(schemaOptions),
    largeObjectSchema: await dumpLargeObjectSchema(schemaOptions),
    globals:
      programs.pgDumpall === null
        ? ''
        : await dumpRoles({ ...schemaOptions, program: programs.pgDumpall }),
  };
}

async function readLargeObjectsNow(client: pg.Client): Promise<LargeObjectsReading> {
  await client.query('BEGIN READ ONLY');
  const reading = await readLargeObjects(client);
  await client.query('COMMIT');
  return reading;
}

async function readFilledViews(client: pg.Client): Promise<{ schema: string; name: string }[]> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    'SELECT schemaname AS schema, matviewname AS name FROM pg_matviews WHERE ispopulated',
  );
  return rows;
}

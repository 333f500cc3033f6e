import type pg from 'pg';
import type { MissingExtension } from '../../domain/missing-extension.ts';
import type { TargetState } from '../../domain/restore.ts';
import type { DatabaseProperties, SourceReading } from '../../domain/source-reading.ts';
import type { Connection } from '../connection.ts';
import { readProperties } from '../properties.ts';
import { missingExtensions } from '../scratch-extensions.ts';
import { listRoles } from '../scratch-roles.ts';
import { listRelations, type Relation } from '../relations.ts';
import { scratchConnection } from '../scratch-session.ts';
import { withSession } from '../session.ts';
import { withTargetServer } from './server.ts';

/** What a restore has to know of its target before it starts. */
export interface TargetFacts {
  /** As in `server_version_num`. */
  readonly version: number;
  readonly state: TargetState;
  readonly bytes: number;
  /** null: the database is not there. */
  readonly properties: DatabaseProperties | null;
  readonly roles: readonly string[];
  /** Those that cannot be made there. */
  readonly missingExtensions: readonly MissingExtension[];
  /** What is in the database. */
  readonly relations: readonly Relation[];
}

/** Looks at a target and its server; changes nothing. Throws what connecting throws. */
export async function lookAtTarget(
  target: Connection,
  { extensions }: Pick<SourceReading, 'extensions'>,
  signal: AbortSignal,
): Promise<TargetFacts> {
  return withTargetServer(target, signal, async ({ client, place }) => {
    const { rows } = await client.query<{ bytes: string }>(
      'SELECT pg_database_size(oid) AS bytes FROM pg_database WHERE datname = $1',
      [target.database],
    );
    const inside = scratchConnection(place, target.database);
    return {
      version: place.version,
      bytes: Number(rows[0]?.bytes ?? 0),
      ...(rows.length === 0 ? missing : await lookInside(inside, signal)),
      roles: await listRoles(client),
      missingExtensions: await missingExtensions(client, extensions),
    };
  });
}

const missing = { state: 'missing', properties: null, relations: [] } as const;

function lookInside(
  inside: Connection,
  signal: AbortSignal,
): Promise<Pick<TargetFacts, 'state' | 'properties' | 'relations'>> {
  const session = { purpose: 'looking at the target', signal };
  return withSession(inside, session, async (client) => ({
    state: (await isEmpty(client)) ? 'empty' : 'filled',
    properties: await readProperties(client),
    relations: await listRelations(client),
  }));
}

// Objects that PostgreSQL itself makes with a database have numbers below this one.
const firstOwnNumber = 16_384;

const catalogs = [
  ...['pg_class', 'pg_proc', 'pg_type', 'pg_namespace', 'pg_extension', 'pg_operator'],
  ...['pg_cast', 'pg_collation', 'pg_conversion', 'pg_event_trigger', 'pg_language'],
  ...['pg_foreign_data_wrapper', 'pg_publication', 'pg_ts_config', 'pg_largeobject_metadata'],
];

/** Whether nobody has made anything in the connected database. */
export async function isEmpty(client: pg.Client): Promise<boolean> {
  const any = catalogs
    .map((name) => `EXISTS (SELECT FROM pg_catalog.${name} WHERE oid >= ${firstOwnNumber})`)
    .join(' OR ');
  const { rows } = await client.query<{ filled: boolean }>(`SELECT ${any} AS filled`);
  return rows[0]?.filled === false;
}

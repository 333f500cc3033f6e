import type { Client } from 'pg';
import type { LargeObjectFacts, ServerMoment } from '../../domain/incremental/base.ts';
import type { LargeObjectsReading } from '../../domain/source-reading.ts';
import { BackupError } from '../../errors.ts';
import { translatePgError } from '../pg-error.ts';

/**
 * Which server this is and where it stands, in the transaction whose snapshot counts. The timeline is that of the log that
 * is written now: what the control file says is stale after a promotion.
 */
export async function readServerMoment(
  client: Client,
  systemIdentifier: string | null,
): Promise<ServerMoment> {
  try {
    const { rows } = await client.query<Omit<ServerMoment, 'systemIdentifier'>>(
      `SELECT left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) AS timeline,
              (SELECT oid FROM pg_database WHERE datname = current_database()) AS "databaseOid",
              pg_current_wal_insert_lsn()::text AS lsn, pg_current_snapshot()::text AS snapshot`,
    );
    if (!rows[0]) throw new BackupError('internal', 'the server does not say where it stands');
    return { systemIdentifier, ...rows[0] };
  } catch (error) {
    throw translatePgError(error, client);
  }
}

/** The large objects with their owners and grants. */
export async function readLargeObjectFacts(
  client: Client,
  reading: LargeObjectsReading,
): Promise<LargeObjectFacts> {
  const { rows } = await client.query<{ rights: string }>(
    `SELECT coalesce(sum(hashtextextended(
              concat_ws(' ', m.oid, pg_get_userbyid(m.lomowner), m.lomacl::text) COLLATE "C", 0)), 0)::text AS rights
     FROM pg_catalog.pg_largeobject_metadata m`,
  );
  return { ...reading, rights: rows[0]?.rights ?? '' };
}

/**
 * A fingerprint of the rows that extensions have `pg_dump` keep for their users, the jobs of pg_cron for one: a full has them,
 * an incremental does not carry them.
 */
export async function readExtensionRows(client: Client): Promise<string> {
  try {
    const { rows: tables } = await client.query<{ name: string; condition: string }>(configSql);
    const found: string[] = [];
    for (const { name, condition } of tables) {
      const { rows } = await client.query<{ sums: string }>(
        `SELECT count(*) || ' ' || coalesce(sum(hashtextextended(t::text COLLATE "C", 0)), 0) AS sums
         FROM (SELECT * FROM ONLY ${name} ${condition}) t`,
      );
      found.push(`${name} ${rows[0]?.sums ?? ''}`);
    }
    return found.join('\n');
  } catch (error) {
    throw translatePgError(error, client);
  }
}

const configSql = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name, coalesce(config.condition, '') AS condition
  FROM pg_catalog.pg_extension e
  CROSS JOIN LATERAL unnest(e.extconfig, e.extcondition) AS config ("table", condition)
  JOIN pg_catalog.pg_class c ON c.oid = config."table" AND c.relkind = 'r'
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  ORDER BY n.nspname, c.relname`;

export interface View {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly filled: boolean;
}

/** The materialized views, each behind those that it is made from. */
export async function readMaterializedViews(client: Client): Promise<View[]> {
  try {
    return (await client.query<View>(viewsSql)).rows;
  } catch (error) {
    throw translatePgError(error, client);
  }
}

const viewsSql = `
  WITH RECURSIVE used AS (
    SELECT DISTINCT r.ev_class AS view, d.refobjid AS below
    FROM pg_catalog.pg_rewrite r
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
      AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> r.ev_class
    JOIN pg_catalog.pg_class b ON b.oid = d.refobjid AND b.relkind IN ('v', 'm')
  ), depths AS (
    SELECT oid AS view, 0 AS depth FROM pg_catalog.pg_class WHERE relkind = 'm'
    UNION
    SELECT u.view, d.depth + 1 FROM used u JOIN depths d ON d.view = u.below
  )
  SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relispopulated AS filled
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN (SELECT view, max(depth) AS depth FROM depths GROUP BY view) d ON d.view = c.oid
  WHERE c.relkind = 'm'
  ORDER BY d.depth, n.nspname, c.relname`;

import type pg from 'pg';
import { translatePgError } from '../pg-error.ts';

/** SQL that silences what fires even under `session_replication_role = replica`, and SQL that gives it its mode back. */
export interface Firing {
  readonly off: string;
  readonly on: string;
}

/**
 * Silences the event triggers that are enabled ALWAYS or for replicas, wherever it runs: our own DDL would fire them, even the
 * making of a temporary table. Their modes are kept for `eventTriggersOn` until the transaction ends.
 */
export const eventTriggersOff = `DO $pma$
DECLARE named record; again text := '';
BEGIN
  FOR named IN SELECT evtname, CASE evtenabled WHEN 'A' THEN 'ALWAYS' ELSE 'REPLICA' END AS mode
    FROM pg_catalog.pg_event_trigger WHERE evtenabled IN ('A', 'R')
  LOOP
    EXECUTE format('ALTER EVENT TRIGGER %I DISABLE', named.evtname);
    again := again || format('ALTER EVENT TRIGGER %I ENABLE %s;', named.evtname, named.mode);
  END LOOP;
  PERFORM set_config('pma.event_triggers', again, true);
END $pma$;
`;

/** Gives the event triggers the modes back that they had. */
export const eventTriggersOn = `DO $pma$ BEGIN EXECUTE current_setting('pma.event_triggers'); END $pma$;
`;

/** The triggers and rules of these tables that are enabled ALWAYS or for replicas. */
export async function readFiring(
  client: pg.Client,
  tables: readonly { readonly facts: { readonly oid: number } }[],
): Promise<Firing> {
  try {
    const oids = tables.map(({ facts }) => facts.oid);
    const { rows } = await client.query<{ off: string; on: string }>(firingSql, [oids]);
    const join = (key: 'off' | 'on'): string => rows.map((row) => `${row[key]};\n`).join('');
    return { off: join('off'), on: join('on') };
  } catch (error) {
    throw translatePgError(error, client);
  }
}

const firingSql = `
  SELECT format('ALTER TABLE ONLY %I.%I DISABLE %s %I', n.nspname, c.relname, f.kind, f.name) AS off,
         format('ALTER TABLE ONLY %I.%I ENABLE %s %s %I', n.nspname, c.relname,
                CASE f.mode WHEN 'A' THEN 'ALWAYS' ELSE 'REPLICA' END, f.kind, f.name) AS on
  FROM (
    SELECT tgrelid AS table, 'TRIGGER' AS kind, tgname AS name, tgenabled AS mode
    FROM pg_catalog.pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT ev_class, 'RULE', rulename, ev_enabled FROM pg_catalog.pg_rewrite WHERE ev_type <> '1'
  ) f
  JOIN pg_catalog.pg_class c ON c.oid = f.table JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE f.mode IN ('A', 'R') AND c.oid = ANY ($1::oid[])
  ORDER BY c.oid, f.kind, f.name`;

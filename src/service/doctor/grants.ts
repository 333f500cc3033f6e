import { escapeIdentifier, escapeLiteral, type Client } from 'pg';
import type { DatabaseSettings, Settings } from '../../config.ts';
import { withSession } from '../../postgres/session.ts';

/** Of the role that the lines make. */
export const backupRole = 'pma_backup_reader';

/**
 * The SQL that makes a role which may do what a backup needs and nothing more, for a superuser to run on the server of
 * each database. Throws what connecting throws.
 */
export async function leastPrivilegeSql(
  { databases }: Pick<Settings, 'databases'>,
  role: string,
  signal: AbortSignal,
): Promise<string> {
  const parts: string[] = [];
  for (const database of databases) parts.push(await sqlFor(database, role, signal));
  return parts.join('\n');
}

async function sqlFor(
  { name, connection }: DatabaseSettings,
  role: string,
  signal: AbortSignal,
): Promise<string> {
  const session = { purpose: 'doctor', signal };
  return withSession(connection, session, async (client) => {
    const { version, hidesRows } = await look(client);
    const lines = [
      `-- '${name}': run in database ${connection.database}, by a superuser`,
      makeRole(role),
      `GRANT CONNECT ON DATABASE ${escapeIdentifier(connection.database)} TO ${escapeIdentifier(role)};`,
      ...(version >= 140_000 ? readAll(role) : readEach(role)),
      readLargeObjects(role),
      // Else a dump of the visible rows would look like a whole one; pg_dump refuses that.
      ...(hidesRows ? [`ALTER ROLE ${escapeIdentifier(role)} BYPASSRLS;`] : []),
      '',
    ];
    return lines.join('\n');
  });
}

async function look(client: Client): Promise<{ version: number; hidesRows: boolean }> {
  const { rows } = await client.query<{ version: number; hidesRows: boolean }>(
    `SELECT current_setting('server_version_num')::int AS version,
            EXISTS (SELECT FROM pg_class WHERE relrowsecurity) AS "hidesRows"`,
  );
  return rows[0] ?? { version: 0, hidesRows: true };
}

function makeRole(role: string): string {
  return `DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${escapeLiteral(role)}) THEN
    CREATE ROLE ${escapeIdentifier(role)} LOGIN; -- then: \\password ${role}
  END IF;
END $$;`;
}

function readAll(role: string): string[] {
  return [`GRANT pg_read_all_data TO ${escapeIdentifier(role)};`];
}

/** Before PostgreSQL 14; what is made later by other roles has to be granted again. */
function readEach(role: string): string[] {
  const grantee = escapeIdentifier(role);
  return [
    `DO $$ DECLARE s name; BEGIN
  FOR s IN SELECT nspname FROM pg_namespace
           WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' LOOP
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO ${grantee}', s);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO ${grantee}', s);
    EXECUTE format('GRANT SELECT ON ALL SEQUENCES IN SCHEMA %I TO ${grantee}', s);
  END LOOP;
END $$;`,
    `ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${grantee};`,
    `ALTER DEFAULT PRIVILEGES GRANT SELECT ON SEQUENCES TO ${grantee};`,
  ];
}

/** `pg_read_all_data` does not read these: each one has to be granted, new ones again. */
function readLargeObjects(role: string): string {
  return `DO $$ DECLARE o oid; BEGIN
  FOR o IN SELECT oid FROM pg_largeobject_metadata LOOP
    EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO ${escapeIdentifier(role)}', o);
  END LOOP;
END $$;`;
}

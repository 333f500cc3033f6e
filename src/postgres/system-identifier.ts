import type pg from 'pg';

/** What `initdb` gave this server, whatever name and port it is reached by; null: the role may not read it. */
export async function readSystemIdentifier(client: pg.Client): Promise<string | null> {
  const asked = await client.query<{ may: boolean }>(
    `SELECT has_function_privilege('pg_control_system()', 'EXECUTE') AS may`,
  );
  if (!asked.rows[0]?.may) return null;
  const { rows } = await client.query<{ id: string }>(
    'SELECT system_identifier::text AS id FROM pg_control_system()',
  );
  return rows[0]?.id ?? null;
}

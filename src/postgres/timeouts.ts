import type pg from 'pg';

/** A dump takes as long as it takes: time-outs set for the role or the database do not hold for this session. */
export async function switchTimeoutsOff(client: pg.Client): Promise<void> {
  await client.query('SET statement_timeout = 0');
  await client.query(
    `SELECT set_config(name, '0', false) FROM pg_settings
     WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout',
                    'idle_session_timeout', 'transaction_timeout')`,
  );
}

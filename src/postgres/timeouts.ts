import pg from 'pg';

const timeouts = [
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'transaction_timeout',
];

/**
 * A dump takes as long as it takes: time-outs set for the role or the database do not hold for this session. Gives the
 * names of those that were set, for the programs.
 */
export async function switchTimeoutsOff(client: pg.Client): Promise<string[]> {
  await client.query('SET statement_timeout = 0');
  const { rows } = await client.query<{ name: string }>(
    `SELECT name, set_config(name, '0', false) FROM pg_settings
     WHERE name = ANY($1) AND reset_val <> '0'`,
    [timeouts],
  );
  return rows.map(({ name }) => name);
}

/**
 * Lets the server end this session soon after we died, in the middle of a query, too: it would go on for hours and hold
 * its locks. Servers before 14 and those on some systems cannot.
 */
export async function endWithUs(client: pg.Client): Promise<void> {
  try {
    await client.query(
      `SELECT set_config(name, '2s', false) FROM pg_settings
       WHERE name = 'client_connection_check_interval'`,
    );
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '22023') throw error;
  }
}

/** Switches time-outs off for a program. Only what is set is switched off: poolers refuse options that they do not know. */
export function withoutTimeouts(options: string | null, names: readonly string[]): string | null {
  const settings = names.map((name) => `-c ${name}=0`);
  return settings.length === 0 ? options : [options ?? '', ...settings].join(' ').trim();
}

import type pg from 'pg';

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

/** The same for a program. Only what is set is switched off: poolers refuse options that they do not know. */
export function withoutTimeouts(options: string | null, names: readonly string[]): string | null {
  const settings = names.map((name) => `-c ${name}=0`);
  return settings.length === 0 ? options : [options ?? '', ...settings].join(' ').trim();
}

import type { Client } from 'pg';
import type { Connection } from '../../postgres/connection.ts';
import { describeConnection } from '../../postgres/connection.ts';
import { findClientProgram } from '../../postgres/programs.ts';
import { failed, ok, warning, type Finding } from './check.ts';

const oldestMajor = 13;
const newestMajor = 18;
const toleratedSkewSeconds = 5;

/** Whether the server's version is one that we support. */
export async function checkVersion(client: Client, connection: Connection): Promise<Finding> {
  const major = Math.floor((await serverVersion(client)) / 10_000);
  const fact = `${describeConnection(connection)} answers, PostgreSQL ${major}`;
  if (major < oldestMajor) {
    return failed(`${fact}: supported are ${oldestMajor} to ${newestMajor}`, `upgrade the server`);
  }
  if (major <= newestMajor) return ok(fact);
  return warning(
    `${fact}: tried are ${oldestMajor} to ${newestMajor}`,
    'a newer version of us may support it',
  );
}

/** Whether it is a primary: on a standby a dump can be cancelled by replication at any time. */
export async function checkPrimary(client: Client): Promise<Finding> {
  const { rows } = await client.query<{ standby: boolean }>(
    'SELECT pg_is_in_recovery() AS standby',
  );
  return rows[0]?.standby === true
    ? failed('the server is a standby', 'name the primary in the settings')
    : ok('the server is a primary');
}

/** Whether a `pg_dump` is there that is not older than the server. Throws `program_missing`, `program_too_old`. */
export async function checkDumpProgram(client: Client): Promise<Finding> {
  const { version } = await findClientProgram('pg_dump', await serverVersion(client));
  return ok(`pg_dump ${version} fits the server`);
}

/** Whether both clocks agree: times of backups are ours, times of rows are the server's. */
export async function checkClock(client: Client): Promise<Finding> {
  const before = Date.now();
  const { rows } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  const middle = (before + Date.now()) / 2;
  const skew = ((rows[0]?.now.getTime() ?? middle) - middle) / 1000;
  const uncertain = (Date.now() - before) / 2000;
  if (Math.abs(skew) <= toleratedSkewSeconds + uncertain) return ok('the clocks agree');
  const direction = skew > 0 ? 'ahead of' : 'behind';
  return warning(
    `the server's clock is ${Math.abs(skew).toFixed(0)} s ${direction} ours`,
    'let both hosts follow a time server (chrony, systemd-timesyncd)',
  );
}

async function serverVersion(client: Client): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  );
  return rows[0]?.version ?? 0;
}

import type { Client } from 'pg';
import { words } from '../../domain/words.ts';
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
  const fact = { where: describeConnection(connection), major };
  const known = { ...fact, oldest: oldestMajor, newest: newestMajor };
  if (major < oldestMajor) {
    return failed(words('server.tooOld', known), words('server.tooOld.hint'));
  }
  if (major <= newestMajor) return ok(words('server.answers', fact));
  return warning(words('server.untried', known), words('server.untried.hint'));
}

/** Whether it is a primary: on a standby a dump can be cancelled by replication at any time. */
export async function checkPrimary(client: Client): Promise<Finding> {
  const { rows } = await client.query<{ standby: boolean }>(
    'SELECT pg_is_in_recovery() AS standby',
  );
  return rows[0]?.standby === true
    ? failed(words('primary.standby'), words('primary.standby.hint'))
    : ok(words('primary.is'));
}

/** Whether a `pg_dump` is there that is not older than the server. Throws `program_missing`, `program_too_old`. */
export async function checkDumpProgram(client: Client): Promise<Finding> {
  const { version } = await findClientProgram('pg_dump', await serverVersion(client));
  return ok(words('dumpProgram.fits', { version }));
}

/** Whether both clocks agree: times of backups are ours, times of rows are the server's. */
export async function checkClock(client: Client): Promise<Finding> {
  const before = Date.now();
  const { rows } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  const middle = (before + Date.now()) / 2;
  const skew = ((rows[0]?.now.getTime() ?? middle) - middle) / 1000;
  const uncertain = (Date.now() - before) / 2000;
  if (Math.abs(skew) <= toleratedSkewSeconds + uncertain) return ok(words('clock.agrees'));
  const seconds = Math.abs(skew).toFixed(0);
  const fact = words(skew > 0 ? 'clock.ahead' : 'clock.behind', { seconds });
  return warning(fact, words('clock.hint'));
}

async function serverVersion(client: Client): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  );
  return rows[0]?.version ?? 0;
}

import type { Client } from 'pg';
import type { Settings } from '../../config.ts';
import { describeConnection } from '../../postgres/connection.ts';
import { startScratchServer } from '../../postgres/scratch.ts';
import { withSession } from '../../postgres/session.ts';
import { readSystemIdentifier } from '../../postgres/system-identifier.ts';
import { scratchUser } from '../../system/os-user.ts';
import { failed, look, ok, type Check, type Finding } from './check.ts';
import type { ExaminedDatabase } from './database.ts';
import { checkExtensions } from './extensions.ts';

const enoughMegabytes = 128;

/** Whether test restores have a server, and whether it has the extensions of each database. */
export async function examineScratchServer(
  { verify }: Pick<Settings, 'verify'>,
  databases: readonly ExaminedDatabase[],
  signal: AbortSignal,
): Promise<Check[]> {
  const extensions: Check[] = [];
  const first = await look('scratch server', signal, () =>
    withScratchSession(verify, signal, async (client, where) => {
      for (const { name, extensions: used } of databases) {
        const check = () => checkExtensions(client, used);
        extensions.push(await look(`database '${name}': extensions`, signal, check));
      }
      return (
        (verify && (await checkIsNoSource(client, where, databases))) ?? checkRights(client, where)
      );
    }),
  );
  return [first, ...extensions];
}

async function withScratchSession<T>(
  verify: Settings['verify'],
  signal: AbortSignal,
  use: (client: Client, where: string) => Promise<T>,
): Promise<T> {
  const options = { purpose: 'doctor', signal };
  if (verify) {
    return withSession(verify, options, (client) => use(client, describeConnection(verify)));
  }
  const user = scratchUser();
  const scratch = await startScratchServer({ user, jobs: 1, memory: enoughMegabytes, signal });
  try {
    const where = `a throw-away server${user ? ` of user '${user.name}'` : ''}`;
    return await withSession(scratch.connection, options, (client) => use(client, where));
  } finally {
    await scratch.stop();
  }
}

async function checkIsNoSource(
  client: Client,
  where: string,
  databases: readonly ExaminedDatabase[],
): Promise<Finding | undefined> {
  const id = await readSystemIdentifier(client);
  const source = databases.find(({ systemIdentifier }) => id !== null && systemIdentifier === id);
  return (
    source &&
    failed(
      `${where} is the server of database '${source.name}', or a copy of its files`,
      'set VERIFY_DATABASE_URL to another server, or leave it out',
    )
  );
}

async function checkRights(client: Client, where: string): Promise<Finding> {
  const { rows } = await client.query<{ version: string; can: boolean; role: string }>(
    `SELECT current_setting('server_version') AS version, current_user AS role,
       rolsuper OR (rolcreatedb AND rolcreaterole) AS can FROM pg_roles WHERE rolname = current_user`,
  );
  const { version = '?', can = false, role = '?' } = rows[0] ?? {};
  if (can) return ok(`${where}, PostgreSQL ${version}, answers`);
  return failed(
    `${where}: role '${role}' may not create databases and roles`,
    'VERIFY_DATABASE_URL needs a superuser, or a role with CREATEDB and CREATEROLE',
  );
}

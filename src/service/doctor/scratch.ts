import type { Client } from 'pg';
import type { Settings } from '../../config.ts';
import { words, type Part } from '../../domain/words.ts';
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
  const first = await look(words('check.scratch'), signal, () =>
    withScratchSession(verify, signal, async (client, where) => {
      for (const { name, extensions: used } of databases) {
        const check = () => checkExtensions(client, used);
        const title = words('check.database.extensions', { database: name });
        extensions.push(await look(title, signal, check));
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
  use: (client: Client, where: Part) => Promise<T>,
): Promise<T> {
  const options = { purpose: 'doctor', signal };
  if (verify) {
    const where = words('scratch.at', { where: describeConnection(verify) });
    return withSession(verify, options, (client) => use(client, where));
  }
  const user = scratchUser();
  const scratch = await startScratchServer({ user, jobs: 1, memory: enoughMegabytes, signal });
  try {
    const where = user
      ? words('scratch.throwAwayOf', { user: user.name })
      : words('scratch.throwAway');
    return await withSession(scratch.connection, options, (client) => use(client, where));
  } finally {
    await scratch.stop();
  }
}

async function checkIsNoSource(
  client: Client,
  where: Part,
  databases: readonly ExaminedDatabase[],
): Promise<Finding | undefined> {
  const id = await readSystemIdentifier(client);
  const source = databases.find(({ systemIdentifier }) => id !== null && systemIdentifier === id);
  return (
    source &&
    failed(
      words('scratch.isSource', { where: [where], database: source.name }),
      words('scratch.isSource.hint'),
    )
  );
}

async function checkRights(client: Client, where: Part): Promise<Finding> {
  const { rows } = await client.query<{ version: string; can: boolean; role: string }>(
    `SELECT current_setting('server_version') AS version, current_user AS role,
       rolsuper OR (rolcreatedb AND rolcreaterole) AS can FROM pg_roles WHERE rolname = current_user`,
  );
  const { version = '?', can = false, role = '?' } = rows[0] ?? {};
  if (can) return ok(words('scratch.answers', { where: [where], version }));
  return failed(words('scratch.refuses', { where: [where], role }), words('scratch.refuses.hint'));
}

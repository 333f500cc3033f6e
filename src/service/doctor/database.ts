import type { Client } from 'pg';
import type { DatabaseSettings } from '../../config.ts';
import { words, type WordsKey } from '../../domain/words.ts';
import { withSession } from '../../postgres/session.ts';
import { readSystemIdentifier } from '../../postgres/system-identifier.ts';
import { asCheck, look, met, type Check, type Finding } from './check.ts';
import { usedExtensions, type ExtensionVersion } from './extensions.ts';
import { checkLockRoom } from './lock-room.ts';
import { checkPooler } from './pooler.ts';
import { checkPrivileges, checkRowSecurity, checkSubscriptions } from './privileges.ts';
import { checkOthers } from './unprotected.ts';
import { checkClock, checkDumpProgram, checkPrimary, checkVersion } from './server.ts';

/** What was found out about one database; `bytes` and `extensions` are empty where it could not be asked. */
export interface ExaminedDatabase {
  readonly name: string;
  readonly checks: readonly Check[];
  readonly bytes: number | null;
  readonly extensions: readonly ExtensionVersion[];
  /** null: not known. */
  readonly systemIdentifier: string | null;
}

/**
 * Everything that can be told by one session on the database; `named` are the databases of the settings. Throws only the
 * signal's reason.
 */
export async function examineDatabase(
  { name, connection }: Pick<DatabaseSettings, 'name' | 'connection'>,
  signal: AbortSignal,
  named: readonly string[] = [connection.database],
): Promise<ExaminedDatabase> {
  const title = (what: DatabaseCheck) => words(`check.database.${what}`, { database: name });
  try {
    return await withSession(connection, { purpose: 'doctor', signal }, async (client) => {
      const checks: Check[] = [];
      const add = async (what: DatabaseCheck, check: () => Promise<Finding>) =>
        checks.push(await look(title(what), signal, check));
      await add('server', () => checkVersion(client, connection));
      await add('primary', () => checkPrimary(client));
      await add('dumpProgram', () => checkDumpProgram(client));
      await add('privileges', () => checkPrivileges(client));
      await add('rowSecurity', () => checkRowSecurity(client));
      await add('subscriptions', () => checkSubscriptions(client));
      await add('lockTable', () => checkLockRoom(client));
      await add('clock', () => checkClock(client));
      await add('pooler', () => checkPooler(client, connection, signal));
      await add('others', () => checkOthers(client, named));
      return {
        name,
        checks,
        bytes: await size(client),
        extensions: await usedExtensions(client),
        systemIdentifier: await readSystemIdentifier(client),
      };
    });
  } catch (error) {
    signal.throwIfAborted();
    const check = asCheck(title('server'), met(error));
    return { name, checks: [check], bytes: null, extensions: [], systemIdentifier: null };
  }
}

type OfDatabase<K> = K extends `check.database.${infer What}` ? What : never;
type DatabaseCheck = OfDatabase<WordsKey>;

async function size(client: Client): Promise<number> {
  const { rows } = await client.query<{ bytes: string }>(
    'SELECT pg_database_size(current_database()) AS bytes',
  );
  return Number(rows[0]?.bytes ?? 0);
}

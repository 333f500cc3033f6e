import { byPassphrase, publicKeysOf, type Keys } from '../../artifact/encryption.ts';
import { catalogSchema } from '../../catalog/tables.ts';
import type { Settings } from '../../config.ts';
import { withSession } from '../../postgres/session.ts';
import type { Parts } from '../service-file.ts';
import { ok, warning, type Finding } from './check.ts';

/** Backups that the same keys open. */
interface Sealed {
  readonly readers: readonly string[];
  readonly backups: number;
}

/** Whether what is stored encrypted could be opened here: seen before a disaster, not after it. Throws what connecting throws. */
export async function checkStoredKeys(
  settings: Settings,
  running: Parts | undefined,
  signal: AbortSignal,
): Promise<Finding> {
  const connection = settings.catalog ?? running?.catalog;
  if (!connection) return ok('told while the service runs');
  const sealed = await withSession(connection, { purpose: 'doctor', signal }, async (client) => {
    const { rows } = await client.query<{ there: boolean }>(
      `SELECT to_regclass('${catalogSchema}.copies') IS NOT NULL AS there`,
    );
    return rows[0]?.there === true ? (await client.query<Sealed>(sealedBackups)).rows : [];
  });
  return judge(sealed, await opener(settings.encryption));
}

const sealedBackups = `
  SELECT manifest::jsonb -> 'artifact' -> 'readers' AS readers, count(*)::int AS backups
  FROM ${catalogSchema}.backups b
  WHERE manifest::jsonb -> 'artifact' ? 'readers' AND EXISTS (
    SELECT FROM ${catalogSchema}.copies c WHERE c.backup_id = b.id AND c.state IN ('good', 'locked'))
  GROUP BY 1 ORDER BY 2 DESC`;

/** Tells whether these keys open what is sealed for somebody. */
async function opener({ identity, passphrase }: Keys) {
  const own = identity === null ? [] : await publicKeysOf(identity);
  return ([first, ...more]: readonly string[]): boolean => {
    if (first === byPassphrase) return passphrase !== null;
    // Of a key on a device nobody but the device can tell whose it is.
    if (identity !== null && own.length === 0) return true;
    return [first, ...more].some((reader) => reader !== undefined && own.includes(reader));
  };
}

function judge(sealed: readonly Sealed[], opens: (readers: readonly string[]) => boolean): Finding {
  const closed = sealed.filter(({ readers }) => !opens(readers));
  const [first] = closed;
  const count = (some: readonly Sealed[]) => some.reduce((sum, { backups }) => sum + backups, 0);
  if (!first) {
    if (sealed.length === 0) return ok('nothing that is stored is encrypted');
    return ok(`here for all encrypted backups (${count(sealed)})`);
  }
  const whose =
    first.readers[0] === byPassphrase ? 'the passphrase' : `the key of ${first.readers.join(', ')}`;
  return warning(
    `key not here: without ${whose} no stored backup that needs it can be restored on this machine (${count(closed)})`,
    first.readers[0] === byPassphrase
      ? 'keep the passphrase safe, and give it in BACKUP_AGE_PASSPHRASE_FILE where you restore'
      : 'keep the private key safe, and give it in BACKUP_AGE_IDENTITY_FILE where you restore',
  );
}

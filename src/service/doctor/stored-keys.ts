import { heldKeys, type Keys } from '../../artifact/encryption.ts';
import { readSealedBackups } from '../../catalog/keys.ts';
import { catalogSchema } from '../../catalog/tables.ts';
import type { Settings } from '../../config.ts';
import { byPassphrase, lockedBackups, type SealedBackups } from '../../domain/readers.ts';
import { words } from '../../domain/words.ts';
import { withSession } from '../../postgres/session.ts';
import type { Parts } from '../service-file.ts';
import { ok, warning, type Finding } from './check.ts';

/** Whether what is stored encrypted could be opened here: seen before a disaster, not after it. Throws what connecting throws. */
export async function checkStoredKeys(
  settings: Settings,
  running: Parts | undefined,
  signal: AbortSignal,
): Promise<Finding> {
  const connection = settings.catalog ?? running?.catalog;
  if (!connection) return ok(words('storedKeys.later'));
  const sealed = await withSession(connection, { purpose: 'doctor', signal }, async (client) => {
    const { rows } = await client.query<{ there: boolean }>(isThere);
    if (rows[0]?.there !== true) return null;
    return (await client.query<SealedBackups>(readSealedBackups)).rows;
  });
  if (sealed === null) return ok(words('storedKeys.nothing'));
  return judge(sealed, settings.encryption);
}

// A doctor changes nothing: the catalog may be new, or of an older version of ours.
const isThere = `SELECT EXISTS (SELECT FROM information_schema.columns
  WHERE table_schema = '${catalogSchema}' AND table_name = 'backups' AND column_name = 'readers') AS there`;

async function judge(
  sealed: readonly SealedBackups[],
  keys: Keys & { readonly keyElsewhere: boolean },
): Promise<Finding> {
  const locked = lockedBackups(sealed, await heldKeys(keys));
  if (!locked) {
    const count = sealed.reduce((sum, { backups }) => sum + backups, 0);
    if (count === 0) return ok(words('storedKeys.notEncrypted'));
    return ok(words('storedKeys.here', { count }));
  }
  const { readers, backups, setting } = locked;
  const key = [
    readers[0] === byPassphrase
      ? words('key.passphrase')
      : words('key.of', { readers: readers.join(', ') }),
  ];
  if (keys.keyElsewhere) return ok(words('storedKeys.elsewhere', { key, backups }));
  return warning(
    words('storedKeys.missing', { key, backups }),
    words('storedKeys.missing.hint', { setting }),
  );
}

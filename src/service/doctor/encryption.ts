import { heldKeys, publicKeysOf, sealedFor, type Keys } from '../../artifact/encryption.ts';
import { opens } from '../../domain/readers.ts';
import { words, type Words } from '../../domain/words.ts';
import type { Secret } from '../../secret.ts';
import { isInstalled } from '../../system/program.ts';
import { failed, ok, warning, type Finding } from './check.ts';

/** Whether what is encrypted could be restored here, and how fast it is encrypted: seen before a disaster, not after it. */
export async function checkEncryption(
  keys: Keys & { readonly keyElsewhere: boolean },
): Promise<Finding> {
  const readers = sealedFor(keys);
  if (readers.length === 0) return ok(words('encryption.off'));
  if (keys.recipients.length === 0) return ok(words('encryption.passphrase'));
  const sealed = { readers: readers.join(', ') };
  if (keys.identity === null) {
    if (keys.keyElsewhere) return ok(words('encryption.elsewhere', sealed));
    return warning(words('encryption.noKey', sealed), words('encryption.noKey.hint'));
  }
  if (!opens(await heldKeys(keys), readers)) {
    return failed(await otherKey(keys.identity, sealed), words('encryption.otherKey.hint'));
  }
  if (isInstalled('age')) return ok(words('encryption.byProgram', sealed));
  return warning(words('encryption.byLibrary', sealed), words('encryption.byLibrary.hint'));
}

async function otherKey(identity: Secret, sealed: { readonly readers: string }): Promise<Words> {
  const own = await publicKeysOf(identity).catch(() => []);
  if (own.length === 0) return words('encryption.unreadableKey', sealed);
  return words('encryption.otherKey', { ...sealed, own: own.join(', ') });
}

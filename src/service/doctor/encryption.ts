import { heldKeys, publicKeysOf, sealedFor, type Keys } from '../../artifact/encryption.ts';
import { opens } from '../../domain/readers.ts';
import type { Secret } from '../../secret.ts';
import { isInstalled } from '../../system/program.ts';
import { failed, ok, warning, type Finding } from './check.ts';

/** Whether what is encrypted could be restored here, and how fast it is encrypted: seen before a disaster, not after it. */
export async function checkEncryption(
  keys: Keys & { readonly keyElsewhere: boolean },
): Promise<Finding> {
  const readers = sealedFor(keys);
  if (readers.length === 0) return ok('off: artifacts are stored as they are');
  if (keys.recipients.length === 0) return ok('with a passphrase');
  const names = readers.join(', ');
  if (keys.identity === null) {
    if (keys.keyElsewhere) return ok(`for ${names}; the private key is kept elsewhere on purpose`);
    return warning(
      `for ${names}; no private key is here: nothing can be restored or test-restored from stored artifacts on this machine`,
      `is the private key safe, and would you find it without this machine? BACKUP_AGE_IDENTITY_FILE gives it to a worker that restores`,
    );
  }
  if (!opens(await heldKeys(keys), readers)) {
    return failed(
      `the private key here ${await whatItIs(keys.identity)}; artifacts are encrypted for ${names}`,
      `correct BACKUP_AGE_RECIPIENTS or BACKUP_AGE_IDENTITY_FILE: no backup is made like this`,
    );
  }
  if (isInstalled('age')) return ok(`for ${names}, by the program 'age'`);
  return warning(
    `for ${names}, by a library: some 70 MB/s`,
    `install the program 'age': it is ten times as fast`,
  );
}

async function whatItIs(identity: Secret): Promise<string> {
  const own = await publicKeysOf(identity).catch(() => []);
  return own.length === 0 ? `cannot be read as one of 'age'` : `is that of ${own.join(', ')}`;
}

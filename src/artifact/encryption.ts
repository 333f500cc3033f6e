import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { anyReader, byPassphrase } from '../domain/readers.ts';
import { BackupError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { isInstalled } from '../system/program.ts';

/** What the settings say about encryption in the format of `age`. */
export interface Keys {
  /** Public keys: each of their private keys opens what is sealed. */
  readonly recipients: readonly string[];
  /** Private keys, one a line, as `age-keygen` writes them. */
  readonly identity: Secret | null;
  /** The first line seals where there are no recipients; each opens. */
  readonly passphrase: Secret | null;
}

export const noKeys: Keys = { recipients: [], identity: null, passphrase: null };

/** One program of a pipe, with what it reads on file descriptor 3 and, as the first one, on standard input. */
export interface CryptStage {
  readonly command: readonly string[];
  readonly secret?: string;
}

/** Who can open what these keys seal: public keys, or `passphrase`; empty where it is not encrypted. */
export function sealedFor({ recipients, passphrase }: Keys): readonly string[] {
  if (recipients.length > 0) return recipients;
  return passphrase === null ? [] : [byPassphrase];
}

/** The public keys of private ones: those that can be told without their owner's device. */
export async function publicKeysOf(identity: Secret): Promise<string[]> {
  const { identityToRecipient } = await import('age-encryption');
  const lines = identity.reveal().split('\n');
  const keys = lines.map((line) => line.trim()).filter((line) => /^AGE-SECRET-KEY-1/.test(line));
  return Promise.all(keys.map((key) => identityToRecipient(key)));
}

/** All that these keys open, as manifests name it; a private key that cannot be read opens nothing. */
export async function heldKeys({ identity, passphrase }: Keys): Promise<readonly string[]> {
  const own = identity === null ? [] : await publicKeysOf(identity).catch(() => []);
  const isDevice = identity !== null && devices.test(identity.reveal());
  return [...own, ...(isDevice ? [anyReader] : []), ...(passphrase === null ? [] : [byPassphrase])];
}

// Lines of a plugin, or a key of SSH.
const devices = /^(AGE-PLUGIN-|-----BEGIN )/m;

/** The program that encrypts standard input; undefined where nothing is encrypted. */
export function encryptor(keys: Keys): CryptStage | undefined {
  const { recipients, passphrase } = keys;
  if (recipients.length === 0) {
    if (passphrase === null) return undefined;
    return { command: [...filter, 'encrypt'], secret: passphrase.reveal() };
  }
  if (!isInstalled('age')) return { command: [...filter, 'encrypt', ...recipients] };
  const named = recipients.flatMap((recipient) => ['--recipient', recipient]);
  return { command: ['age', '--encrypt', ...named] };
}

/** Whether there is a key for what was sealed for them; whether it fits is seen when it is used. */
export function hasKey(keys: Keys, readers: readonly string[]): boolean {
  return readers.length === 0 || keyFor(keys, readers) !== null;
}

/** Throws `key_missing` where there is none for what was sealed for them. */
export function requireKey(keys: Keys, readers: readonly string[] = []): void {
  if (!hasKey(keys, readers)) throw noKeyHere(readers);
}

/** The program that writes a file's contents decrypted to standard output. Throws `key_missing`. */
export function decryptor(keys: Keys, readers: readonly string[], file: string): CryptStage {
  const key = keyFor(keys, readers);
  if (key === null) throw noKeyHere(readers);
  const isProgram = readers[0] !== byPassphrase && isInstalled('age');
  return {
    command: isProgram
      ? ['age', '--decrypt', '--identity', '-', '--', file]
      : [...filter, 'decrypt', file],
    secret: key.reveal(),
  };
}

/** What a program of a pipe said about a key that does not fit, as `key_missing`; any other error as it is. */
export function asKeyError(error: unknown, readers: readonly string[]): unknown {
  const isWrongKey =
    error instanceof BackupError && /no identity matched/.test(error.detail ?? error.message);
  return isWrongKey ? keyMissing('the key does not open what is encrypted', readers) : error;
}

function keyFor({ identity, passphrase }: Keys, readers: readonly string[]): Secret | null {
  return readers[0] === byPassphrase ? passphrase : identity;
}

function noKeyHere(readers: readonly string[]): BackupError {
  return keyMissing('there is no key here for what is encrypted', readers);
}

function keyMissing(fact: string, readers: readonly string[]): BackupError {
  return new BackupError(
    'key_missing',
    readers[0] === byPassphrase ? `${fact} with a passphrase` : `${fact} for ${readers.join(', ')}`,
    {
      hint: `give it the ${readers[0] === byPassphrase ? 'passphrase in BACKUP_AGE_PASSPHRASE_FILE' : 'private key in BACKUP_AGE_IDENTITY_FILE'}`,
    },
  );
}

// Node runs only what is built; beside the sources that is what was built for the tests.
const built = extname(import.meta.url) === '.ts' ? '../../dist/src/artifact/' : './';
const filter = [process.execPath, fileURLToPath(new URL(`${built}age-filter.js`, import.meta.url))];

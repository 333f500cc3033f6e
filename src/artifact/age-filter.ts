/**
 * `node age-filter.js encrypt [RECIPIENT…]` from standard input, or `decrypt FILE`, to standard output: what the `age`
 * program does, where it is not installed, and for passphrases, which it takes from a terminal only. The passphrases or
 * private keys come over file descriptor 3, one a line.
 */
import { createReadStream, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { Decrypter, Encrypter } from 'age-encryption';

type Bytes = globalThis.ReadableStream<Uint8Array>;

async function main([action, ...args]: readonly string[]): Promise<void> {
  const result =
    action === 'encrypt' ? encrypt(args, process.stdin) : decrypt(createReadStream(args[0] ?? ''));
  await pipeline(Readable.fromWeb((await result) as ReadableStream), process.stdout);
}

function encrypt(recipients: readonly string[], input: Readable) {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  if (recipients.length === 0) encrypter.setPassphrase(secretLines()[0] ?? '');
  return encrypter.encrypt(Readable.toWeb(input) as Bytes);
}

function decrypt(input: Readable) {
  const decrypter = new Decrypter();
  for (const line of secretLines()) {
    if (line.startsWith('AGE-SECRET-KEY-')) decrypter.addIdentity(line);
    else decrypter.addPassphrase(line);
  }
  return decrypter.decrypt(Readable.toWeb(input) as Bytes);
}

function secretLines(): string[] {
  return readFileSync(3, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`age: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

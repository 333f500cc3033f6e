import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';

/** Makes a private key in a directory; gives the variables by which a worker seals for it and opens with it. */
export async function ownKey(directory: string): Promise<Record<string, string>> {
  const identity = await generateIdentity();
  const file = path.join(directory, 'key');
  await writeFile(file, identity);
  return {
    BACKUP_AGE_RECIPIENTS: await identityToRecipient(identity),
    BACKUP_AGE_IDENTITY_FILE: file,
  };
}

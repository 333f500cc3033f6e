import { bech32 } from '@scure/base';
import { z } from 'zod';
import { define, secret, yesOrNo } from './setting.ts';

/** Client-side encryption in the format of `age`; on where there are recipients or a passphrase. */
export const encryption = {
  recipients: define<readonly string[]>(
    {
      environment: 'BACKUP_AGE_RECIPIENTS',
      fallback: Object.freeze([]),
      fallbackText: 'not encrypted',
      help: 'Public keys of `age`: artifacts are encrypted for all of them, and each of their private keys opens them',
    },
    {
      type: z
        .union([
          z.array(z.string()),
          z.string().transform((text) => text.split(/[\s,]+/).filter((key) => key !== '')),
        ])
        .pipe(z.array(z.string().refine(isPublicKey)).min(1)),
      allowed: `public keys as 'age-keygen' prints them ('age1…'), separated by commas`,
      show: (keys) => keys.join(', '),
    },
  ),
  identity: secret({
    environment: 'BACKUP_AGE_IDENTITY',
    fallbackText: 'none',
    help: 'Private keys of `age`, as `age-keygen` writes them: needed to restore and to test restores from stored artifacts, not to back up',
  }),
  passphrase: secret({
    environment: 'BACKUP_AGE_PASSPHRASE',
    fallbackText: 'none',
    help: 'Passphrase: encrypts where there are no recipients; of several lines the first one encrypts and each opens',
  }),
  keyElsewhere: yesOrNo({
    environment: 'BACKUP_AGE_KEY_ELSEWHERE',
    fallback: false,
    help: 'The key is kept away from all workers on purpose: it is no alarm that none of them opens what is stored',
  }),
};

/** With its checksum: for a mistyped key nobody has the private one. */
function isPublicKey(text: string): boolean {
  const key = bech32.decodeUnsafe(text, false);
  return key?.prefix === 'age' && bech32.fromWordsUnsafe(key.words)?.length === 32;
}

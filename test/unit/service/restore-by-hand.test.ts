import { expect, test } from 'vitest';
import type { BackupSummary } from '../../../src/domain/backup.ts';
import { restoreByHand } from '../../../src/service/restore-by-hand.ts';

const backup = { id: 'x', kind: 'full', module: null, base: null } as unknown as BackupSummary;
const first = (file: string, readers: string[]) => restoreByHand(backup, file, readers)[0];

test('an encrypted artifact is opened with a key file, or with the passphrase that age asks for', () => {
  const file = '/b/x.tar.zst.age';
  expect(first(file, ['age1a'])).toBe(`age -d -i KEY_FILE ${file} | zstd -dc | tar -x`);
  expect(first(file, ['passphrase'])).toBe(`age -d ${file} | zstd -dc | tar -x`);
  expect(first('/b/x.tar.zst', [])).toBe('zstd -dc /b/x.tar.zst | tar -x');
});

test('a name with blanks and quotes stays one word of the shell', () => {
  expect(first(`/b/it's here/x.tar.zst`, [])).toBe(
    `zstd -dc '/b/it'\\''s here/x.tar.zst' | tar -x`,
  );
});

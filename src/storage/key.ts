import { BackupError } from '../errors.ts';

/** Throws `internal` unless the key is a relative path of plain names: no way out of the destination. */
export function checkKey(key: string): void {
  const names = key.split('/');
  const plain = names.every((name) => /^[^./\\\0][^/\\\0]*$/u.test(name) && name.length <= 200);
  if (!plain) throw new BackupError('internal', `'${key}' is no key of a stored object`);
}

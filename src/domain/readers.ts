/** Stands in a manifest in the place of a public key. */
export const byPassphrase = 'passphrase';

/** Stands in the place of public keys where only a device can tell what it opens. */
export const anyReader = 'device';

/** Stored backups that the same keys open. */
export interface SealedBackups {
  readonly readers: readonly string[];
  readonly backups: number;
}

/** Whether one of the keys that are held opens what is sealed for these readers. */
export function opens(held: readonly string[], readers: readonly string[]): boolean {
  if (readers.length === 0) return true;
  if (readers[0] === byPassphrase) return held.includes(byPassphrase);
  return held.includes(anyReader) || readers.some((reader) => held.includes(reader));
}

/** What the keys that are held do not open, in words; null: they open all. */
export interface LockedBackups {
  /** `the passphrase`, `the key of age1…`: that of most of them. */
  readonly key: string;
  /** Who could open most of them, as manifests name it. */
  readonly readers: readonly string[];
  readonly backups: number;
  /** How to give it to a worker. */
  readonly setting: string;
}

export function lockedBackups(
  sealed: readonly SealedBackups[],
  held: readonly string[],
): LockedBackups | null {
  const locked = sealed.filter(({ readers }) => !opens(held, readers));
  const [first] = locked.toSorted((one, other) => other.backups - one.backups);
  if (!first) return null;
  const isPassphrase = first.readers[0] === byPassphrase;
  return {
    key: isPassphrase ? 'the passphrase' : `the key of ${first.readers.join(', ')}`,
    readers: first.readers,
    backups: locked.reduce((sum, { backups }) => sum + backups, 0),
    setting: isPassphrase ? 'BACKUP_AGE_PASSPHRASE_FILE' : 'BACKUP_AGE_IDENTITY_FILE',
  };
}

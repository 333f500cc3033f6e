/** What can be made. */
export const backupKinds = ['full', 'incremental', 'schema_only', 'data_only'] as const;
export type MadeKind = (typeof backupKinds)[number];
/** What can be stored: a `script` is an SQL file that the system before us left, and no backup. */
export const storedKinds = [...backupKinds, 'script'] as const;
export type BackupKind = (typeof storedKinds)[number];

/** What a backup's id says: `<database>_<kind>[_<module>]_<YYYYMMDD_HHMMSS>`, UTC, the time of the trigger. */
export interface BackupName {
  readonly database: string;
  readonly kind: BackupKind;
  readonly module: string | null;
  readonly time: Date;
}

const namePattern = '[a-z0-9][a-z0-9-]*';
const idPattern = new RegExp(
  `^(?<database>${namePattern})_(?<kind>${storedKinds.join('|')})(?:_(?<module>${namePattern}))?_(?<date>\\d{8})_(?<clock>\\d{6})$`,
);

/** Writes a backup's id; whole seconds, so milliseconds of `time` are lost. */
export function formatBackupId({ database, kind, module, time }: BackupName): string {
  return [database, kind, ...(module === null ? [] : [module]), formatTime(time)].join('_');
}

/** Reads a backup's id; undefined where the text is not one. */
export function parseBackupId(id: string): BackupName | undefined {
  const groups = idPattern.exec(id)?.groups;
  if (!groups) return undefined;
  const { database = '', kind = '', module = null, date = '', clock = '' } = groups;
  const time = new Date(
    `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}T${clock.slice(0, 2)}:${clock.slice(2, 4)}:${clock.slice(4, 6)}Z`,
  );
  if (Number.isNaN(time.getTime())) return undefined;
  return { database, kind: kind as BackupKind, module, time };
}

/** The id after this one: a taken id gets the next second. */
export function nextBackupName(name: BackupName): BackupName {
  return { ...name, time: new Date(name.time.getTime() + 1000) };
}

export function isDatabaseName(text: string): boolean {
  return new RegExp(`^${namePattern}$`).test(text);
}

/** The settings' name of a database that was given only by its connection: lower case, other characters become `-`. */
export function databaseNameFrom(postgresName: string): string {
  const name = postgresName
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .replace(/^-+/, '');
  return name === '' ? 'database' : name;
}

/** Names of the files that hang on a backup; written and read here alone. */
export function manifestFile(id: string): string {
  return `${id}.manifest.json`;
}

export function holdFile(id: string): string {
  return `${id}.hold.json`;
}

/**
 * A proof's file name carries its time, since a backup may be tested again, by two at once: `<id>.proof.<YYYYMMDD_HHMMSS>_<milliseconds>.json`.
 */
export function proofFile(id: string, time: Date): string {
  const milliseconds = String(time.getUTCMilliseconds()).padStart(3, '0');
  return `${id}.proof.${formatTime(time)}_${milliseconds}.json`;
}

/** The backup that a stored manifest, proof or hold belongs to, by the file's name; undefined where it is another file. */
export function parseReportFile(
  file: string,
): { readonly id: string; readonly what: 'manifest' | 'proof' | 'hold' } | undefined {
  const groups =
    /^(?<id>\w[\w-]*)\.(?<what>manifest|proof|hold)(?:\.\d{8}_\d{6}(?:_\d{3})?)?\.json$/.exec(
      file,
    )?.groups;
  const { id = '', what } = groups ?? {};
  return parseBackupId(id) ? { id, what: what as 'manifest' | 'proof' | 'hold' } : undefined;
}

/** Where a file of a database lies in every destination. */
export function storageKey(database: string, file: string): string {
  return `${database}/${file}`;
}

/** `YYYYMMDD_HHMMSS`, UTC, as in every name of a file of ours. */
export function formatTime(time: Date): string {
  const digits = time.toISOString().replace(/\D/g, '');
  return `${digits.slice(0, 8)}_${digits.slice(8, 14)}`;
}

import { isDatabaseName, type BackupKind } from './backup-name.ts';
import { readTime } from './read-time.ts';

/** What the name of a file says that the system before us wrote. */
export interface OldFile {
  readonly kind: Extract<BackupKind, 'full' | 'schema_only' | 'script'>;
  /** A script has its own name here: it belongs to no series of backups. */
  readonly module: string | null;
  /** undefined: the name tells no time, the file's own counts. */
  readonly time: Date | undefined;
}

/**
 * Reads the name of a file that the system before us wrote, its times as the clocks of that zone showed them; undefined: it
 * is none of its families.
 */
export function parseOldFile(file: string, timeZone: string): OldFile | undefined {
  const name = /^(?<name>[^/]+?)\.sql(?:\.gz)?$/i.exec(file)?.groups?.['name'];
  if (name === undefined) return undefined;
  const { before, time } = splitTime(name, timeZone);
  const script = scripts.find((pattern) => pattern.test(name));
  if (script) return { kind: 'script', module: asModule(before), time };
  const family = families.find(([pattern]) => pattern.test(name));
  if (!family) return undefined;
  const [pattern, kind] = family;
  const rest = before.replace(pattern, '').replace(/^_/, '');
  return { kind, module: rest === '' ? null : asModule(rest), time };
}

// The longer names first: each is the beginning of the next one.
const families = [
  [/^cloud_schema_(?:export|final)(?=_|$)/i, 'schema_only'],
  [/^cloud_schema(?=_|$)/i, 'schema_only'],
  [/^(?:cloud|render)_backup(?=_|$)/i, 'full'],
] as const;

const scripts = [
  /^cloud_db_(?:final_)?upgrade/i,
  /^cloud_database_fix$/i,
  /^cloud_scoring_config$/i,
] as const;

const timePattern =
  /[_.-]?(?<date>\d{4}-?\d\d-?\d\d)(?:[T_-]?(?<clock>\d\d[-:]?\d\d(?:[-:]?\d\d)?)(?:[.-]\d{3})?(?<utc>Z)?)?$/i;

/** `20250102_030405`, `2025-01-02T03-04-05-678Z`, `2025-01-02`, or milliseconds since 1970, at the end of a name. */
function splitTime(name: string, timeZone: string): { before: string; time: Date | undefined } {
  const epoch = /[_-](?<ms>1\d{12})$/.exec(name);
  if (epoch)
    return { before: name.slice(0, epoch.index), time: new Date(Number(epoch.groups?.['ms'])) };
  const found = timePattern.exec(name);
  const time = found?.groups && readTime(isoOf(found.groups), timeZone);
  return time ? { before: name.slice(0, found.index), time } : { before: name, time };
}

function isoOf({ date = '', clock, utc = '' }: Readonly<Record<string, string | undefined>>) {
  const day = date.replace(/\D/g, '').replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
  if (clock === undefined) return day;
  const [hours, minutes, seconds = '00'] = clock.match(/\d\d/g) ?? [];
  return `${day} ${hours}:${minutes}:${seconds}${utc.toUpperCase()}`;
}

/** A module's name as our ids can carry it. */
function asModule(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return isDatabaseName(name) ? name : 'unnamed';
}

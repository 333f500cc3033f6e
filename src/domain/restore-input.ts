import { BackupError } from '../errors.ts';
import { nearestName } from './nearest-name.ts';
import { readTime } from './read-time.ts';
import { restoreFields, type RestoreInput } from './restore.ts';
import { isTablePattern } from './table-pattern.ts';

/** What was asked for, checked and with its defaults. */
export interface RestoreWish {
  readonly backup: string;
  readonly database: string | null;
  readonly at: Date | null;
  readonly target: string;
  readonly create: boolean;
  readonly clean: boolean;
  /** null: all. */
  readonly tables: readonly string[] | null;
  readonly noOwner: boolean;
  readonly noPrivileges: boolean;
  readonly roles: boolean;
  /** null: as many as the settings say. */
  readonly jobs: number | null;
  readonly secret: string | null;
  readonly dryRun: boolean;
}

/**
 * Reads the input of a restore; a time without an offset is one of that zone. Throws `usage` that names what is wrong: a
 * workflow is started by hand, too.
 */
export function readRestoreInput(input: RestoreInput, timeZone: string): RestoreWish {
  refuseUnknown(input);
  const { backup = 'latest', target, at, tables } = input;
  if (target === undefined || target === '')
    throw usage('no target is given', 'name a database of the settings, or a URL');
  const wish: RestoreWish = {
    ...{ backup, target },
    database: input.database ?? null,
    at: at === undefined ? null : requireTime(at, timeZone),
    create: isOn(input, 'create'),
    clean: isOn(input, 'clean'),
    tables: tables === undefined ? null : readTables(tables),
    noOwner: isOn(input, 'noOwner'),
    noPrivileges: isOn(input, 'noPrivileges'),
    roles: isOn(input, 'roles'),
    jobs: input.jobs === undefined ? null : readJobs(input.jobs),
    secret: input.secret ?? null,
    dryRun: isOn(input, 'dryRun'),
  };
  refuseContradictions(wish);
  return wish;
}

function refuseUnknown(input: RestoreInput): void {
  const unknown = Object.keys(input).find((name) => !restoreFields.some((known) => known === name));
  if (unknown === undefined) return;
  const near = nearestName(unknown, restoreFields);
  throw usage(
    `unknown field '${unknown}' in the workflow's input`,
    near === undefined ? `allowed: ${restoreFields.join(', ')}` : `did you mean '${near}'?`,
  );
}

function refuseContradictions({ backup, at, create, clean, tables, ...rest }: RestoreWish): void {
  if (create && clean)
    throw usage('both create and clean are given', 'one makes a database, the other replaces it');
  if (at !== null && backup !== 'latest')
    throw usage('both a backup and a time are given', `say 'latest' with a time`);
  if (tables !== null && create)
    throw usage('tables are restored into a database that exists', 'leave create out');
  if (rest.roles && rest.noOwner && rest.noPrivileges)
    throw usage(
      'roles are to be made, but neither owners nor grants are restored',
      'leave one of them out',
    );
}

function isOn(input: RestoreInput, field: keyof RestoreInput): boolean {
  const value: unknown = input[field] ?? false;
  if (typeof value === 'boolean') return value;
  throw usage(`field '${field}' must be true or false`, 'write it without quotes');
}

function requireTime(text: string, timeZone: string): Date {
  const time = readTime(text, timeZone);
  if (time) return time;
  throw usage(
    `'${text}' is not a time`,
    `write it as 2026-03-01T16:00:00Z, or as '2026-03-02 00:00' in ${timeZone}`,
  );
}

function readTables(tables: readonly string[]): readonly string[] {
  const wrong = tables.find((pattern) => !isTablePattern(pattern));
  if (tables.length > 0 && wrong === undefined) return tables;
  throw usage(
    wrong === undefined ? 'the list of tables is empty' : `'${wrong}' is not the name of a table`,
    `write it as schema.table, '*' stands for any text`,
  );
}

function readJobs(jobs: number): number {
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= 64) return jobs;
  throw usage(`jobs must be a whole number from 1 to 64, got '${String(jobs)}'`, 'leave it out');
}

function usage(fact: string, hint: string): BackupError {
  return new BackupError('usage', fact, { hint });
}

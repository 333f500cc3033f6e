import { isTablePattern } from '../domain/table-pattern.ts';
import type { RestoreRequest } from './api-client.ts';

/** What becomes of the database there, or with some tables alone, of those that are there. */
export type Way = 'create' | 'fill' | 'clean';

/** A restore as the form has it. */
export interface Wish {
  /** An id, or `latest`. */
  readonly backup: string;
  /** Whose latest; empty where there is but one. */
  readonly database: string;
  /** With latest: date and time of the browser's zone, as its field has them; empty: the newest. */
  readonly at: string;
  readonly part: 'all' | 'tables';
  /** A pattern in each line. */
  readonly tables: string;
  readonly target: string;
  readonly password: string;
  readonly way: Way;
  readonly noOwner: boolean;
  readonly noPrivileges: boolean;
  readonly roles: boolean;
  /** Empty: as many as the settings say. */
  readonly jobs: string;
}

/** The form before anybody has touched it. */
export function firstWish(backup: string): Wish {
  return {
    ...{ backup, database: '', at: '', part: 'all', tables: '', target: '', password: '' },
    ...{ way: 'create', noOwner: false, noPrivileges: false, roles: false, jobs: '' },
  };
}

/** Tables go into a database that exists. */
export function waysOf(part: Wish['part']): readonly Way[] {
  return part === 'tables' ? ['fill', 'clean'] : ['create', 'fill', 'clean'];
}

export function patternsOf(tables: string): string[] {
  const lines = tables.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '');
}

/** The first line that names no table; undefined: all do. */
export function wrongPattern(tables: string): string | undefined {
  return patternsOf(tables).find((pattern) => !isTablePattern(pattern));
}

/** What the API is asked for; what does not fit the rest of the form is left out. */
export function requestOf(wish: Wish): RestoreRequest {
  const { backup, target, database, at, part, tables, password, way, jobs } = wish;
  const isLatest = backup === 'latest';
  const flags = ['noOwner', 'noPrivileges', 'roles'] as const;
  return {
    ...{ backup, target },
    ...(isLatest && database !== '' && { database }),
    ...(isLatest && at !== '' && { at: new Date(at).toISOString() }),
    ...(part === 'tables' && { tables: patternsOf(tables) }),
    ...(password !== '' && { password }),
    ...(way !== 'fill' && { [way]: true }),
    ...Object.fromEntries(flags.filter((flag) => wish[flag]).map((flag) => [flag, true])),
    ...(jobs !== '' && { jobs: Number(jobs) }),
  };
}

import type { z } from 'zod';
import type * as cleanupContract from '../api/cleanup-contract.ts';
import type * as contract from '../api/contract.ts';
import type * as restoreContract from '../api/restore-contract.ts';
import type * as scheduleContract from '../api/schedule-contract.ts';

/** What the API answers, by its own contract. */
export type Backup = z.output<typeof contract.backup>;
export type BackupDetail = z.output<typeof contract.backupDetail>;
export type BackupPage = z.output<typeof contract.backupPage>;
export type Status = z.output<typeof contract.status>;
export type Run = z.output<typeof contract.run>;
export type Session = z.output<typeof contract.session>;
export type Started = z.output<typeof contract.started>;
export type AuditRow = z.output<typeof contract.auditRow>;
export type Setting = z.output<typeof contract.setting>;
export type Words = z.output<typeof contract.words>;
export type Check = z.output<typeof contract.check>;
export type User = z.output<typeof contract.user>;
export type Token = z.output<typeof contract.token>;
export type Day = z.output<typeof contract.day>;
export type Database = z.output<typeof scheduleContract.database>;
export type Schedule = z.output<typeof scheduleContract.schedule>;
export type CleanupResult = z.output<typeof cleanupContract.cleanupResult>;
export type RestorePreview = z.output<typeof restoreContract.restorePreview>;
export type RestoreRequest = z.input<typeof restoreContract.restoreRequest>;
type Problem = z.output<typeof contract.problem>;
export type ProblemText = Problem['error'];

export const apiPath = '/backup/api';

/** What the API refused, with the code of the one table. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly hint: string | null;

  constructor({ code, message, hint }: Problem['error']) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

export type Query = Readonly<Record<string, string | number | null | undefined>>;

// What changes something proves that it comes from our own page.
let csrf: string | null = null;

/** Who is logged in; null: nobody. */
export async function readSession(): Promise<Session | null> {
  try {
    const session = await get<Session>('/session');
    csrf = session.csrf;
    return session;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'login_required') return null;
    throw error;
  }
}

/** Throws `ApiError`. */
export function get<T>(path: string, query: Query = {}): Promise<T> {
  return ask<T>('GET', addressOf(path, query));
}

/** Throws `ApiError`. */
export function post<T = undefined>(path: string, body: unknown = {}): Promise<T> {
  return ask<T>('POST', addressOf(path), body);
}

/** Throws `ApiError`. */
export function remove(path: string): Promise<undefined> {
  return ask('DELETE', addressOf(path));
}

/** The address of an operation, with a query without its empty fields. */
export function addressOf(path: string, query: Query = {}): string {
  const filled = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === null || value === '' ? [] : [[name, String(value)]],
  );
  const text = new URLSearchParams(filled).toString();
  return `${apiPath}${path}${text === '' ? '' : `?${text}`}`;
}

async function ask<T>(method: string, address: string, body?: unknown): Promise<T> {
  const response = await fetch(address, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(csrf === null || method === 'GET' ? {} : { 'x-csrf-token': csrf }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new ApiError({ code: 'unreachable', message: 'the server does not answer', hint: null });
  });
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  throw await problemOf(response);
}

async function problemOf(response: Response): Promise<ApiError> {
  try {
    return new ApiError(((await response.json()) as Problem).error);
  } catch {
    // A proxy in between answered, not we.
    const message = `the server answered ${response.status}`;
    return new ApiError({ code: 'unreachable', message, hint: null });
  }
}

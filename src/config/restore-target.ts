import { parseConnection, type Connection } from '../postgres/connection.ts';
import { BackupError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { databaseSettings, type Settings } from './load.ts';

/**
 * The database that is restored into: a name in the settings, or a connection text, to which the environment adds what it
 * leaves open, the password above all. Throws `not_found`, `invalid_settings`, and `usage` for a text with a password in it.
 */
export function restoreTarget(
  settings: Settings,
  target: string,
  password: Secret | null,
): Connection {
  requireNoPassword(target);
  const connection = isConnectionText(target)
    ? given(settings, target)
    : configured(settings, target);
  return password === null ? connection : { ...connection, password };
}

/** Throws `usage` where a password stands in the target: it would be kept in the history of the run. */
export function requireNoPassword(target: string): void {
  if (!isConnectionText(target) || parseConnection(target).password === null) return;
  throw new BackupError('usage', 'a password stands in the target of the restore', {
    hint: 'leave it out, and give it by PGPASSFILE or PGPASSWORD where the worker runs, or by --password-prompt',
  });
}

/** A target as it may be kept: hidden where it has a password in it, or might have, since it cannot be read. */
export function shownTarget(target: string): string {
  try {
    requireNoPassword(target);
    return target;
  } catch {
    return String(new Secret(target));
  }
}

function isConnectionText(target: string): boolean {
  return /^postgres(ql)?:\/\//.test(target) || target.includes('=');
}

function given({ libpq: { variables, password } }: Settings, text: string): Connection {
  return { ...parseConnection(text, variables), password };
}

function configured(settings: Settings, name: string): Connection {
  try {
    return databaseSettings(settings, name).connection;
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    throw new BackupError(error.code, error.message, {
      hint: `${error.hint ?? ''}; or give a URL: postgres://user@host/database`,
    });
  }
}

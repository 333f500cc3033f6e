import type { AuditFilter, AuditRow } from '../../catalog/catalog.ts';
import type { AuditEntry } from '../../domain/access.ts';
import { toBackupError } from '../../errors.ts';
import { userName } from '../../system/os-user.ts';
import type { World } from '../world.ts';

type Access = Pick<World, 'catalog'>;

/**
 * Does what is told of in the audit log, and tells of it: when it was done, and when it failed; only then is `entry`
 * asked for, and told which of the two. A row that cannot be written fails it, too.
 */
export async function audited<T>(
  { catalog }: Access,
  entry: (isDone: boolean) => Omit<AuditEntry, 'result'>,
  act: () => Promise<T> | T,
): Promise<T> {
  let result: T;
  try {
    result = await act();
  } catch (error) {
    const { code } = toBackupError(error);
    // What is not even looked at could fill the log.
    if (code !== 'too_many_attempts') await catalog.audit({ ...entry(false), result: code });
    throw error;
  }
  await catalog.audit({ ...entry(true), result: 'done' });
  return result;
}

/** Who acts, for the audit log, where a command does. */
export function atCommandLine(): Pick<AuditEntry, 'user' | 'via' | 'address'> {
  return { user: userName(), via: 'command line', address: null };
}

export function readAudit({ catalog }: Access, filter: AuditFilter): Promise<AuditRow[]> {
  return catalog.auditLog(filter);
}

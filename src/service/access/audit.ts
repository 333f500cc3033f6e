import type { AuditFilter, AuditRow } from '../../catalog/catalog.ts';
import type { AuditEntry } from '../../domain/access.ts';
import { toBackupError } from '../../errors.ts';
import { userName } from '../../system/os-user.ts';
import type { World } from '../world.ts';

type Access = Pick<World, 'catalog'>;

/**
 * Tells that something begins whose end is far off, or never comes where this process dies: then its row stands alone.
 * Of a part of the target, it says which; so does the row of its end.
 */
export type TellBegun = (part?: string) => Promise<void>;

/**
 * Does what is told of in the audit log, and tells of it: when it was done, and when it failed; only then is `entry`
 * asked for, and told which of the two. A row that cannot be written fails it, too.
 */
export async function audited<T>(
  { catalog }: Access,
  entry: (isDone: boolean) => Omit<AuditEntry, 'result'>,
  act: (tellBegun: TellBegun) => Promise<T> | T,
): Promise<T> {
  let ofPart = '';
  const tell = (isDone: boolean, result: string) => {
    const { target, ...rest } = entry(isDone);
    return catalog.audit({ ...rest, target: target && target + ofPart, result });
  };
  let result: T;
  try {
    result = await act((part) => {
      if (part !== undefined) ofPart = `, ${part}`;
      return tell(true, 'begun');
    });
  } catch (error) {
    const { code } = toBackupError(error);
    // What is not even looked at could fill the log.
    if (code !== 'too_many_attempts') await tell(false, code);
    throw error;
  }
  await tell(true, 'done');
  return result;
}

/** Who acts, for the audit log, where a command does. */
export function atCommandLine(): Pick<AuditEntry, 'user' | 'via' | 'address'> {
  return { user: userName(), via: 'command line', address: null };
}

export function readAudit({ catalog }: Access, filter: AuditFilter): Promise<AuditRow[]> {
  return catalog.auditLog(filter);
}

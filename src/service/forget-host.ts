import type { Catalog } from '../catalog/catalog.ts';
import type { Settings } from '../config.ts';
import { copyAlarm, hostAlarm } from '../domain/alarm.ts';
import { BackupError } from '../errors.ts';
import { hostIdOf } from '../system/host-id.ts';

export interface ForgottenHost {
  readonly host: string;
  /** How many of its copies are counted no more. */
  readonly copies: number;
}

// Each worker tells every quarter of an hour that it is there.
const aliveSeconds = 3600;

/**
 * Takes the copies on the disk of a host that is gone for good for deleted: nobody waits for it any more. Throws
 * `not_found`, and `conflict` for a host that is there.
 */
export async function forgetHost(
  { catalog, settings }: { readonly catalog: Catalog; readonly settings: Settings },
  host: string,
): Promise<ForgottenHost> {
  const alive = await catalog.keyHolders(new Date(Date.now() - aliveSeconds * 1000));
  const present = [await hostIdOf(settings.stateDirectory), ...alive.map((each) => each.host)];
  if (present.includes(host)) {
    throw new BackupError('conflict', `host '${host}' is there`, {
      hint: 'one that is gone for good alone is forgotten, an hour after it was last seen',
    });
  }
  const copies = await catalog.forgetHost(host);
  if (copies.length === 0) {
    throw new BackupError('not_found', `there is no copy on a host '${host}'`, {
      hint: 'pma-backup status names the hosts that do not answer',
    });
  }
  for (const { backup, destination } of copies)
    await catalog.clearAlarm(copyAlarm(backup, destination));
  await catalog.clearAlarm(hostAlarm(host));
  return { host, copies: copies.length };
}

import type { Settings } from '../../config.ts';
import { connectClient } from '../../temporal/connection.ts';
import type { Parts } from '../service-file.ts';
import { temporalAddress } from '../temporal-link.ts';
import { generalSchedules, schedulesFor } from '../../domain/schedule.ts';
import { words } from '../../domain/words.ts';
import { scheduleIds } from '../../temporal/schedules.ts';
import { ok, warning, type Finding } from './check.ts';

/** Whether the Temporal server in use answers. Throws `temporal_unreachable`. */
export async function checkTemporal(
  settings: Settings,
  running: Parts | undefined,
): Promise<Finding> {
  const target = temporalAddress(settings, running?.temporal ?? null);
  if (!target) return ok(words('temporal.embedded'));
  const client = await connectClient(target);
  await client.connection.close();
  return ok(words('temporal.answers', { address: target.address, namespace: target.namespace }));
}

/** Whether every schedule that the settings ask for is there. Throws `temporal_unreachable`. */
export async function checkSchedules(
  settings: Settings,
  running: Parts | undefined,
): Promise<Finding> {
  const target = temporalAddress(settings, running?.temporal ?? null);
  if (!target) return ok(words('schedules.later'));
  const client = await connectClient(target);
  try {
    const there = await scheduleIds(client);
    const wanted = settings.databases.flatMap((each) => schedulesFor(each, settings.timeZone));
    const missing = [...wanted, ...generalSchedules].filter(({ id }) => !there.includes(id));
    const [first] = missing;
    if (!first) return ok(words('schedules.there', { count: there.length }));
    return warning(
      words('schedules.missing', { count: missing.length, first: first.id }),
      words('schedules.missing.hint'),
    );
  } finally {
    await client.connection.close();
  }
}

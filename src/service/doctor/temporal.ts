import type { Settings } from '../../config.ts';
import { connectClient } from '../../temporal/connection.ts';
import type { Parts } from '../service-file.ts';
import { temporalAddress } from '../temporal-link.ts';
import { ok, type Finding } from './check.ts';

/** Whether the Temporal server in use answers. Throws `temporal_unreachable`. */
export async function checkTemporal(
  settings: Settings,
  running: Parts | undefined,
): Promise<Finding> {
  const target = temporalAddress(settings, running?.temporal ?? null);
  if (!target) return ok('an embedded server is started when it is needed');
  const client = await connectClient(target);
  await client.connection.close();
  return ok(`${target.address} answers, namespace '${target.namespace}'`);
}

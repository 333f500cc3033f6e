import type { DestinationSettings } from '../../config.ts';
import { cloudStorage } from '../destinations.ts';
import { ok, type Finding } from './check.ts';

/** A doctor waits for nobody for long. */
const patienceMilliseconds = 2000;

/** Whether a bucket is there and lets us list it: key, secret, region, clock and network are right then. Writes nothing. */
export async function checkDestination(destination: DestinationSettings): Promise<Finding> {
  const storage = cloudStorage(destination, patienceMilliseconds);
  const objects = storage.list('')[Symbol.asyncIterator]();
  const { done } = await objects.next();
  const { bucket } = destination;
  return ok(`bucket '${bucket}' answers${done === true ? '; nothing is stored in it yet' : ''}`);
}

import type { DestinationSettings } from '../../config.ts';
import { cloudStorage } from '../destinations.ts';
import { probe } from '../../watch/probe.ts';
import { failed, ok, type Finding } from './check.ts';

/** A doctor waits for nobody for long. */
const patienceMilliseconds = 2000;

/** Whether a bucket lets us list it, and write, read and delete an object: key, secret, region, clock and network are right then. */
export async function checkDestination(destination: DestinationSettings): Promise<Finding> {
  const storage = cloudStorage(destination, patienceMilliseconds);
  const objects = storage.list('')[Symbol.asyncIterator]();
  const { done } = await objects.next();
  const problem = await probe(storage, 'doctor');
  if (problem) return failed(problem.message, problem.hint);
  const fact = `an object was written to bucket '${destination.bucket}', read and deleted`;
  return ok(done === true ? `${fact}; nothing is stored in it yet` : fact);
}

import type { DestinationSettings } from '../../config.ts';
import { words } from '../../domain/words.ts';
import { cloudStorage } from '../destinations.ts';
import { probe } from '../../watch/probe.ts';
import { failed, met, ok, type Finding } from './check.ts';

/** A doctor waits for nobody for long. */
const patienceMilliseconds = 2000;

/** Whether a bucket lets us list it, and write, read and delete an object: key, secret, region, clock and network are right then. */
export async function checkDestination(destination: DestinationSettings): Promise<Finding> {
  const storage = cloudStorage(destination, patienceMilliseconds);
  const objects = storage.list('')[Symbol.asyncIterator]();
  const { done } = await objects.next();
  const problem = await probe(storage, 'doctor');
  const { name, bucket } = destination;
  if (problem?.error) return { ...met(problem.error), message: problem.message };
  if (problem) {
    return failed(
      words('destination.otherBytes', { destination: name }),
      words('destination.otherBytes.hint'),
    );
  }
  return ok(words(done === true ? 'destination.keptFirst' : 'destination.kept', { bucket }));
}

import type { CheckedCopy, IntegrityCheckInput } from '../src/domain/run.ts';
import { notify } from './notify.ts';
import { trackProgress } from './progress.ts';
import { anywhere, onHost } from './proxies.ts';

/** Reads the stored copies back and compares them with their sha256; what is lost or rotten is marked and alarmed. */
export async function integrityCheck(input: IntegrityCheckInput = {}): Promise<CheckedCopy[]> {
  const progress = trackProgress();
  progress.enter('resolve');
  const { hosts } = await anywhere.resolveCheck(input);
  progress.enter('verify');
  const checked: CheckedCopy[] = [];
  for (const { queue, copies } of hosts) {
    checked.push(...(await onHost(queue).checkCopies(copies)));
  }
  await notify();
  return checked;
}

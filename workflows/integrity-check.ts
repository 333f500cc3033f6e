import type { CheckedCopy, HealedCopy, IntegrityCheckInput } from '../src/domain/run.ts';
import { healCopies } from './heal.ts';
import { notify } from './notify.ts';
import { trackProgress } from './progress.ts';
import { anywhere, onHost } from './proxies.ts';

/** Reads the stored copies back and compares them with their sha256; what is lost or rotten is marked, alarmed and healed. */
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
  const healed = await healCopies(input);
  if (healed.length > 0) await notify();
  return checked.map((copy) => ({ ...copy, healed: isAmong(healed, copy) }));
}

function isAmong(healed: readonly HealedCopy[], { backup, destination, state }: CheckedCopy) {
  const isSame = (one: HealedCopy) => one.backup === backup && one.destination === destination;
  return state !== 'good' && healed.some(isSame);
}

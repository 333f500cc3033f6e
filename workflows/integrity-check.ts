import { isCancellation } from '@temporalio/workflow';
import { checkAlarm } from '../src/domain/alarm.ts';
import type { CheckedCopy, CheckPlan, HealedCopy, IntegrityCheckInput } from '../src/domain/run.ts';
import { healCopies } from './heal.ts';
import { tellPeople } from './notify.ts';
import { orAlarm } from './or-alarm.ts';
import { trackProgress } from './progress.ts';
import { anywhere, onHost } from './proxies.ts';

/** Reads the stored copies back and compares them with their sha256; what is lost or rotten is marked, alarmed and healed. */
export async function integrityCheck(input: IntegrityCheckInput = {}): Promise<CheckedCopy[]> {
  const progress = trackProgress();
  progress.enter('resolve');
  const { database } = input;
  const key = checkAlarm(database);
  const what = `the check of the copies of ${database === undefined ? 'all databases' : `'${database}'`}`;
  const checked = await orAlarm({ key, database: database ?? null, what }, async () => {
    const plan = await anywhere.resolveCheck(input);
    progress.enter('verify');
    return checkOn(input, plan);
  });
  // A look at one backup says nothing of the others.
  if (input.backup === undefined) await anywhere.clearAlarm(key);
  await tellPeople();
  const healed = await healCopies(input);
  if (healed.length > 0) await tellPeople();
  return checked.map((copy) => ({ ...copy, healed: isAmong(healed, copy) }));
}

/** Where one place fails the others are looked at even so, and what was found is healed, before it is told. */
async function checkOn(input: IntegrityCheckInput, { hosts }: CheckPlan): Promise<CheckedCopy[]> {
  const checked: CheckedCopy[] = [];
  const errors: unknown[] = [];
  for (const { queue, copies } of hosts) {
    try {
      checked.push(...(await onHost(queue).checkCopies(copies)));
    } catch (error) {
      if (isCancellation(error)) throw error;
      errors.push(error);
    }
  }
  if (errors.length === 0) return checked;
  await healCopies(input);
  throw errors[0];
}

function isAmong(healed: readonly HealedCopy[], { backup, destination, state }: CheckedCopy) {
  const isSame = (one: HealedCopy) => one.backup === backup && one.destination === destination;
  return state !== 'good' && healed.some(isSame);
}

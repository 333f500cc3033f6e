import { proofAlarm } from '../src/domain/alarm.ts';
import type { RestoreTest, RestoreTestInput, Verified } from '../src/domain/run.ts';
import { tellPeople } from './notify.ts';
import { orAlarm, type WatchedWork } from './or-alarm.ts';
import { anywhere, onHost, tidyOnHost } from './proxies.ts';
import { CancellationScope } from '@temporalio/workflow';
import { trackProgress } from './progress.ts';

/** Test-restores a stored backup from one of its copies and records the proof. */
export async function restoreTest(input: RestoreTestInput = {}): Promise<Verified> {
  const progress = trackProgress();
  progress.enter('resolve');
  const test = await anywhere.resolveRestoreTest(input);
  progress.enter('verify', test.backup);
  try {
    const verified = await orAlarm(alarmOf(test), () => onHost(test.queue).testRestore(test));
    await tellPeople();
    return verified;
  } finally {
    await CancellationScope.nonCancellable(() => tidyUp(test));
  }
}

function alarmOf({ backup, database, destination }: RestoreTest): WatchedWork {
  const what = `the test restore of backup '${backup}' from '${destination}'`;
  return { key: proofAlarm(database), database, what };
}

// Best effort: a host that does not answer tidies its disk itself when it starts again.
async function tidyUp({ queue, workspace }: RestoreTest): Promise<void> {
  await tidyOnHost(queue)
    .removeWorkspace({ id: workspace })
    .catch(() => undefined);
  await anywhere.finishRun();
}

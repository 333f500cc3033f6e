import {
  CancellationScope,
  log,
  ParentClosePolicy,
  sleep,
  startChild,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { NoticeToSend, NotifyInput } from '../src/domain/run.ts';
import { failureOf } from './failure.ts';
import { anywhere, messenger } from './proxies.ts';

// Channels that work take it in less; one that hangs must not hold up the run.
const longestWait = '3 seconds';

/** Tells people what is new: alarms that were raised, are still open after a while, or are over, and a proven backup. */
export async function notify({ backup = null }: NotifyInput = {}): Promise<void> {
  const notices = await anywhere.findNotices({ backup });
  const told = await Promise.all(notices.map(tell));
  const untold = notices.filter((_, index) => told[index] === false);
  const alarms = untold.flatMap(({ alarm }) => alarm ?? []);
  if (alarms.length > 0) await anywhere.giveBackNotices(alarms);
}

/** False where there are channels and none of them took it. */
async function tell({ notice, channels }: NoticeToSend): Promise<boolean> {
  const sent = await Promise.allSettled(
    channels.map((channel) => messenger.sendNotice(notice, channel)),
  );
  return sent.length === 0 || sent.some(({ status }) => status === 'fulfilled');
}

/**
 * Does so in a run of its own, which goes on by itself when a channel does not answer. Best effort: it never fails the
 * run that has something to tell.
 */
export async function tellPeople(backup: string | null = null): Promise<void> {
  try {
    await CancellationScope.nonCancellable(async () => {
      const child = await startChild(notify, {
        workflowId: `notify/${workflowInfo().workflowId}/${uuid4().slice(0, 8)}`,
        args: [backup === null ? {} : { backup }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
      });
      await Promise.race([child.result(), sleep(longestWait)]);
    });
  } catch (error) {
    log.warn('nobody could be told', { error: failureOf(error).message });
  }
}

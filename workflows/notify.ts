import { CancellationScope, log } from '@temporalio/workflow';
import type { NoticeToSend } from '../src/domain/run.ts';
import { failureOf } from './failure.ts';
import { anywhere, messenger } from './proxies.ts';

/**
 * Tells people what is new: alarms that were raised, are still open after a while, or are over, and the backup if it is
 * proven. Best effort: a channel that fails is tried again, and never fails the run.
 */
export async function notify(backup: string | null = null): Promise<void> {
  try {
    await CancellationScope.nonCancellable(() => tellAll(backup));
  } catch (error) {
    log.warn('nobody could be told', { error: failureOf(error).message });
  }
}

async function tellAll(backup: string | null): Promise<void> {
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

import { setTimeout as sleep } from 'node:timers/promises';
import type { Settings } from '../config.ts';
import { isOfInterest, type Notice } from '../domain/notice.ts';
import { describeNotice } from '../notify/describe.ts';
import { alarmNotice } from '../notify/notices.ts';
import { sendMessage } from '../notify/send.ts';
import type { WatchDependencies } from './dependencies.ts';

const attempts = 3;
const pauseMilliseconds = 1000;

/** Tells people of the alarms that are due, without Temporal. */
export async function tellDueAlarms(
  { catalog, settings: read, hostId, log }: WatchDependencies,
  now: Date,
): Promise<void> {
  const settings = read();
  if (settings.channels.length === 0) return;
  const owner = `watch/${hostId}/${process.pid}/${now.toISOString()}`;
  const { repeatHours } = settings.alerts;
  const due = await catalog.claimDueAlarms({ owner, now, repeatHours });
  const told = await Promise.all(due.map((alarm) => tell(alarmNotice(alarm, now), settings, log)));
  await catalog.giveBackAlarms(due.flatMap(({ id }, index) => (told[index] === true ? [] : id)));
}

/** Hands a notice to every channel that wants to hear it; false: there are some, and none took it. */
export async function tell(
  notice: Notice,
  { alerts: { language }, timeZone, channels }: Settings,
  log: WatchDependencies['log'],
): Promise<boolean> {
  const message = describeNotice(notice, { language, timeZone });
  const interested = channels.filter((channel) => isOfInterest(notice, channel));
  const sent = await Promise.allSettled(
    interested.map((channel) =>
      withRetries((signal) => sendMessage(channel, message, signal), attempts),
    ),
  );
  for (const each of sent) {
    if (each.status === 'rejected') log.warn({ error: String(each.reason) }, 'nobody was told');
  }
  return sent.length === 0 || sent.some(({ status }) => status === 'fulfilled');
}

async function withRetries(
  send: (signal: AbortSignal) => Promise<void>,
  left: number,
): Promise<void> {
  try {
    await send(AbortSignal.timeout(30_000));
  } catch (error) {
    if (left <= 1) throw error;
    await sleep(pauseMilliseconds);
    await withRetries(send, left - 1);
  }
}

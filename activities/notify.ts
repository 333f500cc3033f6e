import { Context } from '@temporalio/activity';
import { isOfInterest, type Notice } from '../src/domain/notice.ts';
import type { NoticesToSend } from '../src/domain/run.ts';
import { isOfSelfTest } from '../src/domain/self-test.ts';
import { describeNotice } from '../src/notify/describe.ts';
import { alarmNotice, provenNotice } from '../src/notify/notices.ts';
import { sendMessage } from '../src/notify/send.ts';
import type { Dependencies } from './dependencies.ts';

/** What is to be told now, and by which channels: alarms that are due, and the backup of the run if it is proven. */
export function findNotices({ settings, catalog }: Dependencies) {
  return async ({ backup }: { readonly backup: string | null }): Promise<NoticesToSend> => {
    const { alerts, channels } = settings();
    if (channels.length === 0) return [];
    const now = new Date();
    const { activityId, workflowExecution } = Context.current().info;
    const owner = `${workflowExecution?.runId ?? ''}/${activityId}`;
    const due = await catalog.claimDueAlarms({ owner, now, repeatHours: alerts.repeatHours });
    const made = backup === null ? undefined : await catalog.summary(backup);
    // A self-test is no sign that anybody's database is safe.
    const summary = made && !isOfSelfTest(made.database) ? made : undefined;
    const toldBy = (notice: Notice) =>
      channels.filter((channel) => isOfInterest(notice, channel)).map(({ name }) => name);
    return [
      ...due.map((alarm) => ({ alarm: alarm.id, notice: alarmNotice(alarm, now) })),
      ...(summary?.state === 'proven' ? [{ alarm: null, notice: provenNotice(summary, now) }] : []),
    ].map((each) => ({ ...each, channels: toldBy(each.notice) }));
  };
}

/** Hands one notice to one channel; one that went out of the settings meanwhile needs nothing. */
export function sendNotice({ settings }: Dependencies) {
  return async (notice: Notice, name: string): Promise<void> => {
    const { alerts, channels, timeZone } = settings();
    const channel = channels.find((each) => each.name === name);
    if (!channel) return;
    const message = describeNotice(notice, { language: alerts.language, timeZone });
    await sendMessage(channel, message, Context.current().cancellationSignal);
  };
}

/** Alarms that no channel took are due again. */
export function giveBackNotices({ catalog }: Dependencies) {
  return (alarms: readonly number[]): Promise<void> => catalog.giveBackAlarms(alarms);
}

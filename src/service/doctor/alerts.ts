import type { ChannelSettings, Settings } from '../../config.ts';
import { describeNotice } from '../../notify/describe.ts';
import { testNotice } from '../../notify/notices.ts';
import { sendMessage } from '../../notify/send.ts';
import { look, ok, warning, type Check, type Finding } from './check.ts';

/** Whether anybody is told when something goes wrong. */
export function checkChannels({ channels }: Settings): Finding {
  if (channels.length === 0) {
    return warning(
      'nobody is told when something goes wrong',
      'set ALERT_WEBHOOK_URL or ALERT_SMTP_URL, or list channels in the settings file',
    );
  }
  const names = channels.map(({ name }) => `'${name}'`).join(', ');
  return ok(`alarms go to ${names}; --alerts sends each a test message`);
}

/** Sends each channel a test message. */
export async function tryChannels(settings: Settings, signal: AbortSignal): Promise<Check[]> {
  const checks: Check[] = [];
  for (const channel of settings.channels) {
    checks.push(
      await look(`channel '${channel.name}'`, signal, () => tryOne(settings, channel, signal)),
    );
  }
  return checks;
}

async function tryOne(
  { alerts: { language }, timeZone }: Settings,
  channel: ChannelSettings,
  signal: AbortSignal,
): Promise<Finding> {
  const notice = testNotice(channel.name, new Date());
  await sendMessage(channel, describeNotice(notice, { language, timeZone }), signal);
  return ok(`${channel.type} took a test message`);
}

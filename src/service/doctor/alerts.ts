import type { ChannelSettings, Settings } from '../../config.ts';
import { words } from '../../domain/words.ts';
import { describeNotice } from '../../notify/describe.ts';
import { testNotice } from '../../notify/notices.ts';
import { sendMessage } from '../../notify/send.ts';
import { look, ok, warning, type Check, type Finding } from './check.ts';

/** Whether anybody is told when something goes wrong. */
export function checkChannels({ channels }: Settings): Finding {
  if (channels.length === 0) {
    return warning(words('alerts.nobody'), words('alerts.nobody.hint'));
  }
  const names = channels.map(({ name }) => `'${name}'`).join(', ');
  return ok(words('alerts.channels', { channels: names }));
}

/** Sends each channel a test message. */
export async function tryChannels(settings: Settings, signal: AbortSignal): Promise<Check[]> {
  const checks: Check[] = [];
  for (const channel of settings.channels) {
    const name = words('check.channel', { channel: channel.name });
    checks.push(await look(name, signal, () => tryOne(settings, channel, signal)));
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
  return ok(words('alerts.tried', { type: channel.type }));
}

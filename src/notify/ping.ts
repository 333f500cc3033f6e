import type { Channel, Message } from './channel.ts';
import { channelUrl, request } from './post.ts';

/** A dead man's switch, such as healthchecks.io: it raises the alarm when it is not called in time. */
export async function ping(
  channel: Channel,
  _message: Message,
  signal: AbortSignal,
): Promise<void> {
  await request(channel, { method: 'GET', url: channelUrl(channel) }, signal);
}

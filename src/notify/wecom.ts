import type { Channel, Message } from './channel.ts';
import { channelUrl, postJson, requireTaken } from './post.ts';

/** A group robot of WeCom (企业微信). */
export async function sendToWeCom(
  channel: Channel,
  { title, lines }: Message,
  signal: AbortSignal,
): Promise<void> {
  const content = [`**${title}**`, ...lines].join('\n');
  const answer = await postJson(
    channel,
    channelUrl(channel),
    { msgtype: 'markdown', markdown: { content } },
    signal,
  );
  requireTaken(channel, answer, ['errcode']);
}

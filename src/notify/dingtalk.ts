import { createHmac } from 'node:crypto';
import type { Channel, Message } from './channel.ts';
import { channelUrl, postJson, requireTaken } from './post.ts';

/** A group robot of DingTalk; with a secret, its kind of security that is called 加签 ("sign"). */
export async function sendToDingTalk(
  channel: Channel,
  { title, lines }: Message,
  signal: AbortSignal,
): Promise<void> {
  const url = channelUrl(channel);
  if (channel.secret) addSignature(url, channel.secret.reveal());
  const text = [`### ${title}`, ...lines].join('\n\n');
  const content = { msgtype: 'markdown', markdown: { title, text } };
  requireTaken(channel, await postJson(channel, url, content, signal), ['errcode']);
}

function addSignature(url: URL, secret: string): void {
  const timestamp = String(Date.now());
  const text = `${timestamp}\n${secret}`;
  url.searchParams.set('timestamp', timestamp);
  url.searchParams.set('sign', createHmac('sha256', secret).update(text).digest('base64'));
}

import { createHmac } from 'node:crypto';
import type { Channel, Message } from './channel.ts';
import { channelUrl, postJson, requireTaken } from './post.ts';

/** A group robot of Feishu (飞书, abroad: Lark); with a secret, its 签名校验 ("signature verification"). */
export async function sendToFeishu(
  channel: Channel,
  { title, lines }: Message,
  signal: AbortSignal,
): Promise<void> {
  const text = [title, ...lines].join('\n');
  const content = {
    ...(channel.secret && signature(channel.secret.reveal())),
    msg_type: 'text',
    content: { text },
  };
  const answer = await postJson(channel, channelUrl(channel), content, signal);
  requireTaken(channel, answer, ['code', 'StatusCode']);
}

// Time and secret are the key, and what is signed is empty: so Feishu wants it.
function signature(secret: string) {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const sign = createHmac('sha256', `${timestamp}\n${secret}`).update('').digest('base64');
  return { timestamp, sign };
}

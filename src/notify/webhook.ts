import { createHmac } from 'node:crypto';
import type { Channel, Message } from './channel.ts';
import { channelUrl, request } from './post.ts';

/**
 * POSTs the notice as JSON. With a secret, `x-pma-signature` is `sha256=` and the HMAC-SHA256 of
 * `<x-pma-timestamp>.<body>` in hex: the receiver can tell who sent it, and that it is not an old one sent again.
 */
export async function sendToWebhook(
  channel: Channel,
  { notice, title, lines }: Message,
  signal: AbortSignal,
): Promise<void> {
  const body = JSON.stringify({ ...notice, title, text: lines.join('\n') });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'x-pma-event': notice.event,
    // The same at each attempt: a receiver can tell a repeated delivery.
    'x-pma-delivery': notice.id,
    'x-pma-timestamp': timestamp,
    ...(channel.secret && {
      'x-pma-signature': `sha256=${sign(channel.secret.reveal(), `${timestamp}.${body}`)}`,
    }),
  };
  await request(channel, { method: 'POST', url: channelUrl(channel), headers, body }, signal);
}

function sign(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}

import type { Channel, Message } from './channel.ts';
import { channelUrl, postJson } from './post.ts';

/** An incoming webhook of Slack. */
export async function sendToSlack(
  channel: Channel,
  { title, lines }: Message,
  signal: AbortSignal,
): Promise<void> {
  const text = [`*${escape(title)}*`, ...lines.map(escape)].join('\n');
  await postJson(channel, channelUrl(channel), { text }, signal);
}

// https://api.slack.com/reference/surfaces/formatting#escaping
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

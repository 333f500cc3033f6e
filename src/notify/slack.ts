import { escapeMarkup } from '../domain/escape-markup.ts';
import type { Channel, Message } from './channel.ts';
import { channelUrl, postJson } from './post.ts';

/** An incoming webhook of Slack. */
export async function sendToSlack(
  channel: Channel,
  { title, lines }: Message,
  signal: AbortSignal,
): Promise<void> {
  // https://api.slack.com/reference/surfaces/formatting#escaping
  const text = [`*${escapeMarkup(title)}*`, ...lines.map(escapeMarkup)].join('\n');
  await postJson(channel, channelUrl(channel), { text }, signal);
}

import type { ChannelType } from '../domain/notice.ts';
import type { Channel, Message, Send } from './channel.ts';
import { sendToDingTalk } from './dingtalk.ts';
import { sendToFeishu } from './feishu.ts';
import { sendMail } from './mail.ts';
import { ping } from './ping.ts';
import { sendToSlack } from './slack.ts';
import { sendToWebhook } from './webhook.ts';
import { sendToWeCom } from './wecom.ts';

const senders: Record<ChannelType, Send> = {
  webhook: sendToWebhook,
  mail: sendMail,
  slack: sendToSlack,
  dingtalk: sendToDingTalk,
  wecom: sendToWeCom,
  feishu: sendToFeishu,
  ping,
};

/** Hands a message to a channel, once; throws `notify_failed`. */
export function sendMessage(
  channel: Channel,
  message: Message,
  signal: AbortSignal,
): Promise<void> {
  return senders[channel.type](channel, message, signal);
}

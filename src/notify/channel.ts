import type { ChannelType, Interest, Notice } from '../domain/notice.ts';
import type { Secret } from '../secret.ts';

/** One way to reach people, as the settings have it. */
export interface Channel extends Interest {
  readonly name: string;
  readonly type: ChannelType;
  /** Where messages go; it often holds a token. */
  readonly url: Secret;
  /** What messages are signed with. */
  readonly secret: Secret | null;
  /** Of mail: addresses, separated by commas. */
  readonly from: string | null;
  readonly to: string | null;
}

/** A notice in the words of a language. */
export interface Message {
  readonly notice: Notice;
  readonly title: string;
  /** What happened, since when, what to do: one line each. */
  readonly lines: readonly string[];
}

/** Hands a message to a channel; throws `notify_failed`, and never with a URL in it. */
export type Send = (channel: Channel, message: Message, signal: AbortSignal) => Promise<void>;

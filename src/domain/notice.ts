import type { ErrorCode } from '../errors.ts';
import { severities, type Severity } from './alarm.ts';

/** Ways to reach people; `ping` is a dead man's switch that is called after each proven backup. */
export const channelTypes = [
  'webhook',
  'mail',
  'slack',
  'dingtalk',
  'wecom',
  'feishu',
  'ping',
] as const;
export type ChannelType = (typeof channelTypes)[number];

/** An alarm, its repetition and its end; a backup that is proven; a trial. */
export type NoticeEvent = 'alarm' | 'reminder' | 'cleared' | 'proven' | 'test';

/** One thing that people are told; it has no secrets and no language yet. */
export interface Notice {
  /** The same for every attempt to send it. */
  readonly id: string;
  readonly event: NoticeEvent;
  readonly severity: Severity;
  /** Key of the alarm, or the backup's id. */
  readonly key: string;
  /** Of the failure that an alarm comes from. */
  readonly code?: ErrorCode | null;
  readonly database: string | null;
  readonly message: string;
  readonly hint: string | null;
  /** ISO time: when it began. */
  readonly since: string;
  /** ISO time: of what is told here. */
  readonly at: string;
}

/** What a channel wants to hear. */
export interface Interest {
  readonly type: ChannelType;
  /** Empty: all, and what concerns no single one. */
  readonly databases: readonly string[];
  /** The least. */
  readonly severity: Severity;
}

/** Whether a channel is told; what concerns no single database is told to each. */
export function isOfInterest(notice: Notice, { type, databases, severity }: Interest): boolean {
  if (notice.event === 'test') return true;
  const { database } = notice;
  if (database !== null && databases.length > 0 && !databases.includes(database)) return false;
  if (type === 'ping') return notice.event === 'proven';
  return severities.indexOf(notice.severity) >= severities.indexOf(severity);
}

import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { BackupKind } from '../domain/backup-name.ts';

/** Where workflows, and the activities that any worker may run, are queued. */
export const taskQueue = 'pma-backup';

/** The queue of one host: activities that share files of one run are bound to it. It names the disk, not the process. */
export function hostQueue(hostId: string): string {
  return `${taskQueue}@${hostId}`;
}

export interface Series {
  readonly database: string;
  readonly kind: BackupKind;
  readonly module: string | null;
}

/** `backup/<database>/<kind>[/<module>]`; a run's id has the ISO time behind it. */
export function workflowIdPrefix({ database, kind, module }: Series): string {
  return ['backup', database, kind, ...(module === null ? [] : [module])].join('/');
}

/** The id of a run that starts now: whole seconds, so that a double click starts one run. */
export function workflowId(series: Series, now: Date): string {
  return `${workflowIdPrefix(series)}-${now.toISOString().replace(/\.\d+Z$/, 'Z')}`;
}

/** Set by Temporal on every run that a schedule starts. */
export const byWhichSchedule = defineSearchAttributeKey(
  'TemporalScheduledById',
  SearchAttributeType.KEYWORD,
);

export const searchAttributes = {
  database: defineSearchAttributeKey('BackupDatabase', SearchAttributeType.KEYWORD),
  kind: defineSearchAttributeKey('BackupKind', SearchAttributeType.KEYWORD),
  state: defineSearchAttributeKey('BackupState', SearchAttributeType.KEYWORD),
};

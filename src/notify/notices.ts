import { alarmSeverity } from '../domain/alarm.ts';
import type { BackupSummary } from '../domain/backup.ts';
import type { ErrorCode } from '../errors.ts';
import { formatBytes, formatContents } from '../domain/format.ts';
import type { Notice } from '../domain/notice.ts';

/** An alarm to tell of. */
export interface AlarmToTell {
  readonly id: number;
  readonly event: 'alarm' | 'reminder' | 'cleared';
  readonly key: string;
  readonly database: string | null;
  readonly message: string;
  readonly hint: string | null;
  readonly code?: ErrorCode | null;
  readonly raisedAt: string;
  readonly clearedAt: string | null;
}

/** What is told of an alarm. */
export function alarmNotice(alarm: AlarmToTell, now: Date): Notice {
  const { id, event, key, code = null, database, message, hint, raisedAt, clearedAt } = alarm;
  const at = clearedAt ?? now.toISOString();
  return {
    ...{ event, key, code, database, message, hint, at },
    id: `alarm-${id}-${event === 'reminder' ? at : event}`,
    severity: alarmSeverity(key),
    since: raisedAt,
  };
}

/** What is told of a proven backup. */
export function provenNotice(summary: BackupSummary, now: Date): Notice {
  const { id, database, artifact, proof } = summary;
  const what = proof ? `${formatContents(proof)} compared` : '';
  const size = artifact ? `${formatBytes(artifact.bytes)}, ` : '';
  return {
    ...{ id: `proven-${id}`, event: 'proven', severity: 'info', key: id, code: null },
    database,
    message: `backup '${id}' is proven: ${size}${what}`,
    hint: null,
    ...{ since: now.toISOString(), at: now.toISOString() },
  };
}

/** A trial of a channel. */
export function testNotice(channel: string, now: Date): Notice {
  return {
    ...{ id: `test-${now.getTime()}`, event: 'test', severity: 'info', key: 'test', code: null },
    database: null,
    message: `this is a test of the channel '${channel}'; nothing is wrong`,
    hint: null,
    ...{ since: now.toISOString(), at: now.toISOString() },
  };
}

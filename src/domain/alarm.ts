/** How bad it is; a channel hears what is at least as bad as it asks for. */
export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** What an alarm is about, the first word of its key, and how bad it is. */
export const alarmTypes = {
  backup: 'critical',
  copy: 'critical',
  check: 'warning',
  proof: 'critical',
  stale: 'critical',
  offsite: 'warning',
  restoreTest: 'warning',
  missed: 'warning',
  paused: 'warning',
  disk: 'warning',
  destination: 'critical',
  key: 'critical',
  settings: 'critical',
  catalog: 'critical',
  temporal: 'critical',
  worker: 'critical',
  restore: 'warning',
  cleanup: 'warning',
} as const satisfies Record<string, Severity>;

/** `other`: an alarm whose type has no words of its own. */
export type AlarmType = keyof typeof alarmTypes | 'other';

/** `backup:shop:full` is of the type `backup`, `cleanup-stopped:shop` of `cleanup`. */
export function alarmType(key: string): AlarmType {
  const [type = ''] = key.split(/[:-]/);
  return type in alarmTypes ? (type as keyof typeof alarmTypes) : 'other';
}

/** How bad the alarm of a key is. */
export function alarmSeverity(key: string): Severity {
  const type = alarmType(key);
  return type === 'other' ? 'warning' : alarmTypes[type];
}

/** Key of the alarm that a backup could not begin; no database: that of all. */
export function startAlarm(database: string | undefined): string {
  return `backup-start:${database ?? ''}`;
}

/** Key of the alarm that a clean-up could not be brought to its end. */
export function cleanupAlarm(database: string | null): string {
  return `cleanup-failed:${database ?? ''}`;
}

/** Key of the alarm that a host does not answer a clean-up. */
export function hostAlarm(host: string): string {
  return `cleanup-host:${host}`;
}

/** Key of the alarm that a copy is not good. */
export function copyAlarm(backup: string, destination: string): string {
  return `copy:${backup}:${destination}`;
}

/** Key of the alarm that stored copies could not be checked. */
export function checkAlarm(database: string | undefined): string {
  return `check:${database ?? ''}`;
}

/** Key of the alarm that a stored copy could not be brought back. */
export function proofAlarm(database: string): string {
  return `proof:${database}`;
}

/** Key of the alarm that a restore left something behind. */
export function restoreAlarm({ workflowId, runId }: { workflowId: string; runId: string }): string {
  return `restore:${workflowId}:${runId}`;
}

/** Key of the alarm that the catalog itself could not be saved in a destination. */
export function catalogAlarm(destination: string): string {
  return `copy:catalog:${destination}`;
}

import { formatSeconds } from './format.ts';
import { incrementalCatchUpHours, off } from './schedule.ts';
import type { BackupKind } from './backup-name.ts';
import { readWindow, untilWindow } from './window.ts';

/** What a run that asks for its turn is told. */
export type Turn =
  | { readonly state: 'taken' }
  /** Others come first; it is called when they are through. */
  | { readonly state: 'waiting'; readonly step: string }
  /** It is outside of its off-peak hours. */
  | { readonly state: 'closed'; readonly step: string; readonly opensInSeconds: number }
  /** It waited for too long to be of use. */
  | { readonly state: 'skipped'; readonly reason: string };

export interface Gate {
  readonly kind: BackupKind;
  /** `22:00-06:00` or `off`. */
  readonly window: string;
  readonly timeZone: string;
  readonly startedAt: Date;
  readonly now: Date;
}

/** Whether a run by a schedule may begin now, and if so until when; a run by hand is never held up. */
export function passGate(gate: Gate): Exclude<Turn, { state: 'taken' }> | { until: Date | null } {
  const { kind, window: text, timeZone, startedAt, now } = gate;
  const deadline =
    kind === 'incremental'
      ? new Date(startedAt.getTime() + incrementalCatchUpHours * 3_600_000)
      : null;
  if (deadline !== null && now >= deadline) {
    return {
      state: 'skipped',
      reason: `skipped: it could not begin within ${incrementalCatchUpHours} hours`,
    };
  }
  const window = text === off ? undefined : readWindow(text);
  if (!window) return { until: deadline };
  const { opensInSeconds, closesInSeconds } = untilWindow(window, now, timeZone);
  if (opensInSeconds > 0) {
    const step = `outside of its hours ${text}, which begin in ${formatSeconds(opensInSeconds)}`;
    return { state: 'closed', step, opensInSeconds };
  }
  const closes = new Date(now.getTime() + closesInSeconds * 1000);
  return { until: deadline !== null && deadline < closes ? deadline : closes };
}

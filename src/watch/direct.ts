import { readFile } from 'node:fs/promises';
import type { Settings } from '../config.ts';
import type { Trouble } from '../domain/watch.ts';
import { alarmNotice } from '../notify/notices.ts';
import { unlessMissing, writeFileDurably } from '../system/files.ts';
import type { WatchDependencies } from './dependencies.ts';
import { tell } from './tell.ts';

/** An alarm that cannot lie in the catalog, because that or the settings are what is wrong. */
interface DirectAlarm extends Trouble {
  readonly raisedAt: string;
  /** null: nobody could be told yet. */
  readonly toldAt: string | null;
}

export interface DirectAlarms {
  /** Tells people what is wrong without the catalog, once and again after a while; null: nothing is, or no more. */
  set(trouble: Trouble | null, settings: Settings, now: Date): Promise<void>;
}

/** Keeps what was told in a file, so that a restart does not tell it again. */
export function createDirectAlarms(file: string, log: WatchDependencies['log']): DirectAlarms {
  return {
    async set(trouble, settings, now) {
      const before = await readAlarm(file);
      const goesOn = trouble !== null && before?.key === trouble.key;
      if (before && !goesOn) {
        await tellEnd(before, settings, now, log);
        await writeAlarm(file, null);
      }
      if (trouble === null) return;
      const known = goesOn ? before : { raisedAt: now.toISOString(), toldAt: null };
      const alarm = { ...trouble, raisedAt: known.raisedAt, toldAt: known.toldAt };
      await writeAlarm(file, await tellIfDue(alarm, settings, now, log));
    },
  };
}

/** The alarm with the time when it was last told. */
async function tellIfDue(
  alarm: DirectAlarm,
  settings: Settings,
  now: Date,
  log: WatchDependencies['log'],
): Promise<DirectAlarm> {
  const { toldAt } = alarm;
  const repeatMilliseconds = settings.alerts.repeatHours * 3_600_000;
  if (toldAt !== null && now.getTime() - Date.parse(toldAt) < repeatMilliseconds) return alarm;
  const event = toldAt === null ? 'alarm' : 'reminder';
  const notice = alarmNotice({ ...alarm, id: numberOf(alarm), event, clearedAt: null }, now);
  return (await tell(notice, settings, log)) ? { ...alarm, toldAt: now.toISOString() } : alarm;
}

async function tellEnd(
  alarm: DirectAlarm,
  settings: Settings,
  now: Date,
  log: WatchDependencies['log'],
): Promise<void> {
  if (alarm.toldAt === null) return;
  const over = { id: numberOf(alarm), event: 'cleared', clearedAt: now.toISOString() } as const;
  await tell(alarmNotice({ ...alarm, ...over }, now), settings, log);
}

// The catalog numbers the others; a receiver must not take two of ours for one.
function numberOf({ raisedAt }: DirectAlarm): number {
  return Date.parse(raisedAt);
}

async function readAlarm(file: string): Promise<DirectAlarm | null> {
  const text = await unlessMissing(readFile(file, 'utf8'));
  return text === undefined ? null : (JSON.parse(text) as DirectAlarm | null);
}

async function writeAlarm(file: string, alarm: DirectAlarm | null): Promise<void> {
  await writeFileDurably(file, `${JSON.stringify(alarm, null, 2)}\n`);
}

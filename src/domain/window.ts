import { readTimeOfDay, type TimeOfDay } from './schedule-time.ts';

/** Off-peak hours; they may go over midnight. */
export interface Window {
  readonly from: TimeOfDay;
  readonly to: TimeOfDay;
}

/** Reads `22:00-06:00`; undefined: it is none, or has no length. */
export function readWindow(text: string): Window | undefined {
  const [from, to, ...more] = text.split('-').map(readTimeOfDay);
  if (!from || !to || more.length > 0 || minutes(from) === minutes(to)) return undefined;
  return { from, to };
}

/** How long until the window opens (0: it is open) and until it closes after that, by the clock of that zone. */
export function untilWindow(
  { from, to }: Window,
  now: Date,
  timeZone: string,
): { readonly opensInSeconds: number; readonly closesInSeconds: number } {
  const clock = secondsOfDay(now, timeZone);
  const until = ({ hour, minute }: TimeOfDay) =>
    (hour * 3600 + minute * 60 - clock + secondsPerDay) % secondsPerDay;
  const [opens, closes] = [until(from), until(to)];
  // It is open when it closes before it opens again.
  const isOpen = opens === 0 || (closes > 0 && closes < opens);
  if (isOpen) return { opensInSeconds: 0, closesInSeconds: closes };
  return {
    opensInSeconds: opens,
    closesInSeconds: closes > opens ? closes : closes + secondsPerDay,
  };
}

const secondsPerDay = 86_400;

function minutes({ hour, minute }: TimeOfDay): number {
  return hour * 60 + minute;
}

function secondsOfDay(now: Date, timeZone: string): number {
  const form = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'medium' });
  const [hour = 0, minute = 0, second = 0] = form.format(now).split(':').map(Number);
  return hour * 3600 + minute * 60 + second;
}

import type { Language } from './i18n/languages.ts';

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `1.5 GB`, by thousands, as disks are sold. */
export function formatBytes(bytes: number, language: Language): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  const digits = power === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  const text = value.toLocaleString(language, { maximumFractionDigits: digits });
  return `${text} ${units[power] ?? 'B'}`;
}

export function formatNumber(value: number, language: Language): string {
  return value.toLocaleString(language);
}

const parts = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** `2 hr 5 min`, in at most two units. */
export function formatDuration(seconds: number, language: Language): string {
  if (seconds < 10) return formatUnit(seconds, 'second', language, 1);
  let left = Math.round(seconds);
  const said: string[] = [];
  for (const [unit, size] of parts) {
    const count = Math.floor(left / size);
    left %= size;
    if (count > 0) said.push(formatUnit(count, unit, language, 0));
    else if (said.length > 0) break;
    if (said.length === 2) break;
  }
  return said.join(' ');
}

function formatUnit(value: number, unit: string, language: Language, digits: number): string {
  return value.toLocaleString(language, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: digits,
  });
}

/** `3 hours ago`, `in 2 days`. */
export function formatAge(time: Date, now: Date, language: Language): string {
  const seconds = (time.getTime() - now.getTime()) / 1000;
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const [unit, size] =
    parts.find(([, size]) => Math.abs(seconds) >= size * (size === 86_400 ? 2 : 1)) ?? parts[3];
  return format.format(Math.trunc(seconds / size), unit);
}

/** Date and time in the zone of the browser. */
export function formatTime(time: Date, language: Language): string {
  return time.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' });
}

/** The same moment for everybody. */
export function formatUtc(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

import { BackupError } from '../../errors.ts';
import { isUsable } from './copies.ts';
import { periodOf } from './calendar.ts';
import type { Period } from './calendar.ts';
import type { PlacedSeries, RetentionBackup, StoredCopy } from './copies.ts';

/** What one destination keeps; whatever one of the rules keeps is kept, and without any rule everything is. */
export interface RetentionRule {
  /** 0 = for ever, whatever else is said; left out: age alone keeps nothing. */
  readonly keepDays?: number;
  /** The newest proven fulls, with their incrementals. */
  readonly keepLast?: number;
  /** The newest proven full of each of so many days, weeks, … that have one. */
  readonly keepDaily?: number;
  readonly keepWeekly?: number;
  readonly keepMonthly?: number;
  readonly keepYearly?: number;
}

/** What a rule says about one copy: why it is kept, or why it may go. */
export interface RuleSays {
  readonly keep: boolean;
  readonly reason: string;
}

const counts = [
  ['keepLast', 'last'],
  ['keepDaily', 'daily'],
  ['keepWeekly', 'weekly'],
  ['keepMonthly', 'monthly'],
  ['keepYearly', 'yearly'],
] as const;

/** Refuses a number that is not a whole one from 0: with NaN every comparison would say `delete`. */
export function checkRule(destination: string, rule: RetentionRule): void {
  for (const field of ['keepDays', ...counts.map(([name]) => name)] as const) {
    const value = rule[field];
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {
      throw new BackupError(
        'invalid_settings',
        `retention of '${destination}': expected '${field}' to be a whole number from 0, got '${value}'`,
      );
    }
  }
}

/** Applies a destination's rule to each copy of a series there. */
export function applyRule(
  rule: RetentionRule | undefined,
  series: PlacedSeries,
  { now, timeZone }: { now: Date; timeZone: string },
): Map<StoredCopy, RuleSays> {
  const everything = keepsEverything(rule);
  if (rule === undefined || everything !== null) {
    const says = { keep: true, reason: everything ?? '' };
    return new Map(series.stored.map((stored) => [stored, says]));
  }
  const counted = countFulls(rule, series.stored, now, timeZone);
  return new Map(
    series.stored.map((stored) => [
      stored,
      byAge(rule, stored.backup, now) ?? byCount(counted, stored) ?? beyond(rule, stored),
    ]),
  );
}

function keepsEverything(rule: RetentionRule | undefined): string | null {
  if (rule === undefined) return 'no rule for this destination';
  if (rule.keepDays === 0) return 'for ever';
  const limited = rule.keepDays !== undefined || counts.some(([name]) => (rule[name] ?? 0) > 0);
  return limited ? null : 'no rule for this destination';
}

function byAge({ keepDays }: RetentionRule, backup: RetentionBackup, now: Date): RuleSays | null {
  if (keepDays === undefined) return null;
  const age = now.getTime() - backup.triggeredAt.getTime();
  return age <= keepDays * 86_400_000
    ? { keep: true, reason: `not older than ${days(keepDays)}` }
    : null;
}

interface Counted {
  /** By id: `last 2 of 7`, `daily 3 of 7`, … */
  readonly fulls: ReadonlyMap<string, string>;
  readonly last: ReadonlyMap<string, string>;
}

function byCount({ fulls, last }: Counted, { backup, copy }: StoredCopy): RuleSays | null {
  const own = fulls.get(backup.id);
  if (own !== undefined) return { keep: true, reason: own };
  const familys = backup.base === null ? undefined : last.get(backup.base);
  const counts = familys !== undefined && backup.state === 'proven' && isUsable(copy);
  return counts ? { keep: true, reason: `its full is ${familys}` } : null;
}

// Only what could be restored counts: neither failed and unproven backups nor damaged copies take a place from a sound one.
function countFulls(
  rule: RetentionRule,
  stored: readonly StoredCopy[],
  now: Date,
  timeZone: string,
): Counted {
  const fulls = stored
    .filter(({ backup, copy }) => backup.state === 'proven' && isUsable(copy))
    .map(({ backup }) => backup)
    .filter(({ kind, triggeredAt }) => kind !== 'incremental' && triggeredAt <= now);
  const found = counts.map(([field, name]) =>
    newestOfEach(fulls, rule[field] ?? 0, name, (full) =>
      name === 'last' ? full.id : periodOf(name satisfies Period, full.triggeredAt, timeZone),
    ),
  );
  const merged = new Map(found.toReversed().flatMap((reasons) => [...reasons]));
  return { fulls: merged, last: found[0] ?? new Map<string, string>() };
}

/**
 * The newest of each bucket, as restic counts: buckets without a backup take no place, and while places are left the
 * oldest of all is kept too, so that the history reaches as far back as it can.
 */
function newestOfEach(
  newestFirst: readonly RetentionBackup[],
  places: number,
  name: string,
  bucketOf: (full: RetentionBackup) => string,
): Map<string, string> {
  const kept = new Map<string, string>();
  let lastBucket: string | null = null;
  for (const [index, full] of newestFirst.entries()) {
    if (kept.size >= places) break;
    const bucket = bucketOf(full);
    const oldest = index === newestFirst.length - 1;
    if (bucket === lastBucket && !oldest) continue;
    const which = bucket === lastBucket ? `oldest, ${name}` : name;
    kept.set(full.id, `${which} ${kept.size + 1} of ${places}`);
    lastBucket = bucket;
  }
  return kept;
}

function beyond(rule: RetentionRule, { backup, copy }: StoredCopy): RuleSays {
  const age = rule.keepDays === undefined ? [] : [`older than ${days(rule.keepDays)}`];
  const counted = counts
    .filter(([field]) => (rule[field] ?? 0) > 0)
    .map(([field, name]) => `${name} ${rule[field] ?? 0}`);
  const notCounted = counted.length === 0 ? [] : [`not among ${counted.join(', ')}`];
  return { keep: false, reason: [...unsound(backup, copy), ...age, ...notCounted].join(', ') };
}

function unsound(backup: RetentionBackup, copy: StoredCopy['copy']): string[] {
  if (backup.state !== 'proven') return [backup.state];
  if (isUsable(copy)) return [];
  return [copy.state === 'good' || copy.state === 'locked' ? 'its last check was bad' : copy.state];
}

function days(count: number): string {
  return count === 1 ? '1 day' : `${count} days`;
}

import { BackupError } from '../errors.ts';
import { compareAge, compareText, placeSeries } from './retention/copies.ts';
import { keepNeededFulls } from './retention/needed-fulls.ts';
import { keepReason, newestProvenAnywhere } from './retention/protection.ts';
import { applyRule, checkRule } from './retention/rule.ts';
import type { PlacedSeries, RetentionBackup, SeriesKind, StoredCopy } from './retention/copies.ts';
import type { Verdict, Verdicts } from './retention/needed-fulls.ts';
import type { RetentionRule } from './retention/rule.ts';

export type { RetentionBackup, RetentionCopy, SeriesKind } from './retention/copies.ts';
export type { RetentionRule } from './retention/rule.ts';

export interface RetentionInput {
  /** Everything of one database, or of several with the same rules: every kind, state and copy. */
  readonly backups: readonly RetentionBackup[];
  /** By destination; one without a rule keeps everything. */
  readonly rules: Readonly<Record<string, RetentionRule>>;
  /** Those that are configured: each of them should have a copy of what is local. */
  readonly cloudDestinations: readonly string[];
  /** Read the clock after the catalog, or a backup begun in between would seem to be in the future. */
  readonly now: Date;
  /** Goes on where a series would be stopped; protects no less otherwise. */
  readonly force: boolean;
  /** Whose days, weeks, months and years the rules count; UTC if left out. */
  readonly timeZone?: string;
}

export interface Decision {
  readonly backup: string;
  readonly destination: string;
  readonly host: string | null;
  readonly action: 'keep' | 'delete';
  /** `kept: daily 3 of 7`, `kept until 2026-03-01T00:00:00.000Z: locked`, `deleted: older than 30 days`, … */
  readonly reason: string;
}

/** A series in one place whose clean-up is refused without force; worth an alarm. */
export interface RetentionStop {
  readonly database: string;
  readonly module: string | null;
  readonly kind: SeriesKind;
  readonly destination: string;
  readonly host: string | null;
  readonly reason: string;
}

export interface CheckFirst {
  readonly backup: string;
  readonly destination: string;
  readonly host: string | null;
}

export interface RetentionPlan {
  /** One for each copy that is not deleted yet, by series and place, newest first. */
  readonly decisions: readonly Decision[];
  /** The same decisions, in the order in which they have to be carried out. */
  readonly deletions: readonly Decision[];
  readonly stops: readonly RetentionStop[];
  /** Copies that have to be looked at before the first deletion; one that is not good any more: record it and plan again. */
  readonly mustCheckFirst: readonly CheckFirst[];
}

/**
 * Decides what happens to every copy. A copy may go only when no rule of its destination keeps it, nothing protects it,
 * and a younger proven full of its series has a good copy in the same place.
 */
export function planRetention(input: RetentionInput): RetentionPlan {
  checkInput(input);
  const places = placeSeries(input.backups, input.now);
  const verdicts = judge(places, input);
  keepNeededFulls(verdicts, input.backups);
  const stops = input.force ? [] : stopSeries(places, verdicts, input);
  // A stopped series keeps incrementals again, whose fulls may lie in a place that was not stopped.
  keepNeededFulls(verdicts, input.backups);
  return {
    decisions: [...verdicts].map(decision),
    deletions: inOrderOfDeletion(verdicts, input.backups).map(decision),
    stops,
    mustCheckFirst: places.flatMap((series) => checkFirst(series, verdicts)),
  };
}

// An unreadable time compares as neither older nor younger: nothing may be decided by it.
function checkInput({ backups, rules, now }: RetentionInput): void {
  for (const [destination, rule] of Object.entries(rules)) checkRule(destination, rule);
  const unreadable = backups.find(({ triggeredAt }) => Number.isNaN(triggeredAt.getTime()));
  if (unreadable) throw new BackupError('internal', `'${unreadable.id}' has no readable time`);
  if (Number.isNaN(now.getTime())) throw new BackupError('internal', 'the clock is not readable');
}

function judge(places: readonly PlacedSeries[], input: RetentionInput): Verdicts {
  const { rules, cloudDestinations, now, timeZone = 'UTC' } = input;
  const newestAnywhere = newestProvenAnywhere(places);
  const verdicts: Verdicts = new Map();
  for (const series of places) {
    const { destination } = series;
    const rule = Object.hasOwn(rules, destination) ? rules[destination] : undefined;
    for (const [stored, says] of applyRule(rule, series, { now, timeZone })) {
      const around = { series, newestAnywhere, rule: says, cloudDestinations, now };
      const kept = keepReason(stored, around);
      verdicts.set(
        stored,
        kept === null
          ? { action: 'delete', reason: `deleted: ${says.reason}` }
          : { action: 'keep', reason: kept },
      );
    }
  }
  return verdicts;
}

function stopSeries(
  places: readonly PlacedSeries[],
  verdicts: Verdicts,
  { backups, now }: RetentionInput,
): RetentionStop[] {
  const ahead = newestAheadOfClock(backups, now);
  const stops: RetentionStop[] = [];
  for (const { database, module, kind, destination, host, stored } of places) {
    const doomed = stored.filter((one) => verdicts.get(one)?.action === 'delete');
    const newest = ahead.get(JSON.stringify([database, module]));
    const reason = newest
      ? `the clock, ${now.toISOString()}, is before the newest backup, '${newest.id}'`
      : tooMany(doomed.length, stored.length);
    if (reason === null) continue;
    stops.push({ database, module, kind, destination, host, reason });
    for (const one of doomed) {
      const would = verdicts.get(one)?.reason ?? '';
      verdicts.set(one, { action: 'keep', reason: `kept: clean-up stopped; else ${would}` });
    }
  }
  return stops;
}

function tooMany(doomed: number, all: number): string | null {
  return doomed * 2 > all ? `would delete ${doomed} of ${all}, more than half` : null;
}

/** By database and module, over all kinds: the clock that gave them their times is the same. */
function newestAheadOfClock(
  backups: readonly RetentionBackup[],
  now: Date,
): Map<string, RetentionBackup> {
  const ahead = backups.filter(({ triggeredAt }) => triggeredAt > now).sort(compareAge);
  return new Map(ahead.map((backup) => [JSON.stringify([backup.database, backup.module]), backup]));
}

// Family by family, the oldest first; in each the incrementals of every place, newest first, before the first copy of their full.
function inOrderOfDeletion(
  verdicts: Verdicts,
  backups: readonly RetentionBackup[],
): [StoredCopy, Verdict][] {
  const byId = new Map(backups.map((backup) => [backup.id, backup]));
  const fullOf = ({ backup }: StoredCopy) =>
    (backup.base === null ? undefined : byId.get(backup.base)) ?? backup;
  return [...verdicts]
    .filter(([, { action }]) => action === 'delete')
    .sort(
      ([a], [b]) =>
        compareAge(fullOf(a), fullOf(b)) ||
        Number(a.backup.base === null) - Number(b.backup.base === null) ||
        compareAge(b.backup, a.backup) ||
        compareText(place(a), place(b)),
    );
}

function checkFirst(series: PlacedSeries, verdicts: Verdicts): CheckFirst[] {
  const { newestProven, destination, host, stored } = series;
  const deletes = stored.some((one) => verdicts.get(one)?.action === 'delete');
  return deletes && newestProven ? [{ backup: newestProven.id, destination, host }] : [];
}

function place({ copy }: StoredCopy): string {
  return JSON.stringify([copy.destination, copy.host]);
}

function decision([{ backup, copy }, verdict]: [StoredCopy, Verdict]): Decision {
  return { backup: backup.id, destination: copy.destination, host: copy.host, ...verdict };
}

import type { RetentionRule } from '../domain/retention.ts';
import { words, type Part } from '../domain/words.ts';
import { wholeNumber, type Setting } from './setting.ts';

interface Counts {
  readonly last: number;
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
  readonly yearly: number;
}

/** What else is kept than what is young enough, by kind of place; how long, locally, is `retentionDays`. */
export const retentionSchema = {
  local: counts('BACKUP_KEEP', 'of the local backups'),
  cloud: {
    days: wholeNumber(0, 36_500, {
      environment: 'BACKUP_CLOUD_RETENTION_DAYS',
      fallback: 0,
      help: 'Days that backups are kept in the cloud; 0 keeps them for ever',
    }),
    ...counts('BACKUP_CLOUD_KEEP', 'of the backups in the cloud'),
  },
};

export interface RetentionSettings {
  readonly retentionDays: number;
  readonly retention: {
    readonly local: Counts;
    readonly cloud: Counts & { readonly days: number };
  };
}

/** What the settings of a database keep, by kind of place. */
export function retentionRules({ retentionDays, retention }: RetentionSettings): {
  readonly local: RetentionRule;
  readonly cloud: RetentionRule;
} {
  const { days, ...cloud } = retention.cloud;
  return { local: ruleOf(retentionDays, retention.local), cloud: ruleOf(days, cloud) };
}

/** The cloud destinations that are configured, by name: a local copy waits until it lies in each of them. */
export function cloudDestinations({
  destinations,
}: {
  readonly destinations: readonly { readonly name: string }[];
}): string[] {
  return destinations.map(({ name }) => name);
}

/** Counts that say nothing because all is kept for ever, one line each. */
export function idleCounts({ retentionDays, retention }: RetentionSettings): Part[] {
  const idle = (place: string, days: string, { last, daily, weekly, monthly, yearly }: Counts) =>
    last + daily + weekly + monthly + yearly === 0
      ? []
      : [words('warning.idleCounts', { place, days })];
  return [
    ...(retentionDays === 0 ? idle('local', 'retentionDays', retention.local) : []),
    ...(retention.cloud.days === 0 ? idle('cloud', 'retention.cloud.days', retention.cloud) : []),
  ];
}

function ruleOf(days: number, { last, daily, weekly, monthly, yearly }: Counts): RetentionRule {
  return {
    keepDays: days,
    keepLast: last,
    keepDaily: daily,
    keepWeekly: weekly,
    keepMonthly: monthly,
    keepYearly: yearly,
  };
}

function counts(environment: string, whose: string): { [K in keyof Counts]: Setting<number> } {
  const count = (name: string, help: string) =>
    wholeNumber(0, 10_000, { environment: `${environment}_${name}`, fallback: 0, help });
  return {
    last: count(
      'LAST',
      `Keep the newest so many proven fulls ${whose}, with their incrementals, however old`,
    ),
    daily: count('DAILY', `Keep the newest proven full of each of so many days ${whose}`),
    weekly: count('WEEKLY', `Keep the newest proven full of each of so many weeks ${whose}`),
    monthly: count('MONTHLY', `Keep the newest proven full of each of so many months ${whose}`),
    yearly: count('YEARLY', `Keep the newest proven full of each of so many years ${whose}`),
  };
}

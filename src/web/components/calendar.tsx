import { Group, Text } from '@mantine/core';
import type { Day } from '../api-client.ts';
import { dateOf, datesUpTo } from '../calendar-days.ts';
import { formatBytes } from '../format.ts';
import type { Translate } from '../i18n/translate.ts';
import { useLanguage } from '../i18n/language.tsx';
import type { Tone } from './badge.tsx';

/** The last weeks, a column each from Monday on: how the backups of every day went. */
export function Calendar({
  days,
  weeks,
}: {
  readonly days: readonly Day[];
  readonly weeks: number;
}) {
  const { language, t } = useLanguage();
  const byDay = new Map(days.map((day) => [day.day, day]));
  // Days are those of the service's zone: its today may be our tomorrow.
  const last = [dateOf(new Date()), ...byDay.keys()].toSorted().at(-1) ?? '';
  const dates = datesUpTo(last, weeks);
  const bad = days.filter(({ failed, unproven }) => failed + unproven > 0).length;
  return (
    <>
      <div
        className="calendar"
        role="img"
        aria-label={t('calendar.label', { days: days.length, bad })}
      >
        {dates.map((date) => {
          const day = byDay.get(date);
          const name = new Date(`${date}T00:00:00Z`).toLocaleDateString(language, {
            timeZone: 'UTC',
          });
          const told = day ? tellDay(day, t) : t('calendar.nothing');
          return <span key={date} data-tone={toneOf(day)} title={`${name}: ${told}`} />;
        })}
      </div>
      <Group gap="md" mt="xs">
        <Text size="sm" c="dimmed">
          {t('calendar.explained')}
        </Text>
        <Text size="sm" c="dimmed">
          {t('calendar.made', {
            bytes: formatBytes(sumOf(days.map(({ bytes }) => bytes)), language),
          })}
        </Text>
      </Group>
    </>
  );
}

function tellDay({ proven, unproven, failed }: Day, t: Translate): string {
  return [
    `${t('state.proven')}: ${proven}`,
    ...(unproven > 0 ? [`${t('state.unproven')}: ${unproven}`] : []),
    ...(failed > 0 ? [`${t('state.failed')}: ${failed}`] : []),
  ].join(', ');
}

function toneOf(day: Day | undefined): Tone {
  if (!day) return 'idle';
  if (day.failed > 0) return 'bad';
  return day.unproven > 0 ? 'warn' : 'good';
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

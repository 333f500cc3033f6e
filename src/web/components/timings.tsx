import { Text } from '@mantine/core';
import type { Backup } from '../api-client.ts';
import { formatDuration } from '../format.ts';
import { useLanguage } from '../i18n/language.tsx';

const steps = ['dumped', 'sealed', 'offsite', 'proven', 'total'] as const;

/** When each step was done, from the trigger on. */
export function Timings({ timings }: Pick<Backup, 'timings'>) {
  const { language, t } = useLanguage();
  const reached = steps.flatMap((step) => {
    const seconds = timings[step];
    return seconds === null ? [] : [{ step, seconds }];
  });
  if (reached.length === 0) return <Text c="dimmed">{t('detail.noTimings')}</Text>;
  return (
    <dl className="facts">
      {reached.map(({ step, seconds }) => [
        <dt key={step}>{t(`timing.${step}`)}</dt>,
        <dd key={`${step}-seconds`}>{formatDuration(seconds, language)}</dd>,
      ])}
    </dl>
  );
}

import { Stack, Text } from '@mantine/core';
import type { Status } from '../api-client.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Moment } from './moment.tsx';

/** What is wrong, each with what to do about it. */
export function AlarmList({ alarms }: { readonly alarms: Status['alarms'] }) {
  const { t } = useLanguage();
  if (alarms.length === 0) return null;
  return (
    <Stack gap="sm" component="section" aria-label={t('alarms.title')}>
      {alarms.map(({ key, message, hint, raisedAt }) => (
        <div className="notice" data-tone="bad" key={key}>
          <Text fw={600}>{message}</Text>
          <Text size="sm">
            {hint !== null && `${t('hint')}: ${hint} · `}
            {t('alarms.since')} <Moment at={raisedAt} asAge />
          </Text>
        </div>
      ))}
    </Stack>
  );
}

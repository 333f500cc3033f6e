import { Stack, Text } from '@mantine/core';
import { alarmWords } from '../../domain/alarm-texts.ts';
import type { Status } from '../api-client.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Moment } from './moment.tsx';

/** What is wrong, each with what to do about it. */
export function AlarmList({ alarms }: { readonly alarms: Status['alarms'] }) {
  const { t } = useLanguage();
  if (alarms.length === 0) return null;
  return (
    <Stack gap="sm" component="section" aria-label={t('alarms.title')}>
      {alarms.map((alarm) => (
        <OpenAlarm key={alarm.key} alarm={alarm} />
      ))}
    </Stack>
  );
}

/** In the reader's language by its type and its error, with the fact and the hint as the service wrote them. */
function OpenAlarm({ alarm }: { readonly alarm: Status['alarms'][number] }) {
  const { t, language } = useLanguage();
  const { message, hint, raisedAt } = alarm;
  const { subject, meaning, advice } = alarmWords(alarm, language);
  const todo = [advice, hint].filter((part) => part !== null && part !== '').join(' – ');
  return (
    <div className="notice" data-tone="bad">
      <Text fw={600}>{subject}</Text>
      {meaning !== null && meaning !== subject && <Text>{meaning}</Text>}
      <Text>{message}</Text>
      <Text size="sm">
        {todo !== '' && `${t('hint')}: ${todo} · `}
        {t('alarms.since')} <Moment at={raisedAt} asAge />
      </Text>
    </div>
  );
}

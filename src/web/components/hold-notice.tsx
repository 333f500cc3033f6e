import { Text } from '@mantine/core';
import type { BackupDetail } from '../api-client.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Moment } from './moment.tsx';

/** Who keeps a backup from clean-up, since when and why. */
export function HoldNotice({ hold }: Pick<BackupDetail, 'hold'>) {
  const { t } = useLanguage();
  if (!hold) return null;
  return (
    <div className="notice" data-tone="idle">
      <Text fw={600}>{t('hold.held', { user: hold.by })}</Text>
      <Text size="sm">
        <Moment at={hold.at} />
        {hold.reason !== null && ` · ${hold.reason}`}
      </Text>
    </div>
  );
}

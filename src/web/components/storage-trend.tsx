import { Group, Stack, Text } from '@mantine/core';
import type { Day } from '../api-client.ts';
import { formatBytes } from '../format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useStatus } from '../queries.ts';
import { Sparkline } from './sparkline.tsx';

/** What all copies take now, and how much was made on each of the last days. */
export function StorageTrend({ days }: { readonly days: readonly Day[] }) {
  const { language, t } = useLanguage();
  const { data } = useStatus();
  const stored = (data?.databases ?? []).reduce((sum, { bytes }) => sum + bytes, 0);
  const values = days.map(({ bytes }) => bytes);
  const last = formatBytes(values.at(-1) ?? 0, language);
  return (
    <Stack gap="xs">
      <Group align="baseline" gap="xs">
        <Text fz="xl" fw={650}>
          {formatBytes(stored, language)}
        </Text>
        <Text size="sm" c="dimmed">
          {t('storage.now')}
        </Text>
      </Group>
      {values.length > 1 && <Sparkline values={values} label={t('storage.trend', { last })} />}
      <Text size="sm" c="dimmed">
        {t('storage.trend', { last })}
      </Text>
    </Stack>
  );
}

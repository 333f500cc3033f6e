import { Group, Progress, Stack, Text } from '@mantine/core';
import type { Run } from '../api-client.ts';
import { formatBytes, formatNumber } from '../format.ts';
import { useLanguage } from '../i18n/language.tsx';

type Measured = NonNullable<Run['progress']>;

/** Where a run is, in what was measured: a bar only where the total is known. */
export function RunProgress({ progress }: { readonly progress: Measured | null }) {
  const { t } = useLanguage();
  if (!progress) {
    return (
      <Text size="sm" c="dimmed">
        {t('progress.unknown')}
      </Text>
    );
  }
  const share = shareOf(progress);
  return (
    <Stack gap={4}>
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600} aria-live="polite">
          {t(`phase.${progress.phase}`)}
        </Text>
        <Text size="sm" c="dimmed">
          <Counted {...progress} />
        </Text>
      </Group>
      {share !== null && (
        <Progress value={share * 100} aria-label={t(`phase.${progress.phase}`)} size="sm" />
      )}
    </Stack>
  );
}

function Counted({ bytes, totalBytes, tables, totalTables }: Measured) {
  const { language, t } = useLanguage();
  const said: string[] = [];
  if (totalTables !== null || tables > 0) {
    const count = formatNumber(tables, language);
    const total = totalTables === null ? '' : ` / ${formatNumber(totalTables, language)}`;
    said.push(t('progress.tables', { count: `${count}${total}`, total: totalTables ?? tables }));
  }
  if (bytes > 0) {
    const total = totalBytes === null ? '' : ` / ${formatBytes(totalBytes, language)}`;
    said.push(`${formatBytes(bytes, language)}${total}`);
  }
  return said.join(' · ');
}

function shareOf({ bytes, totalBytes, tables, totalTables }: Measured): number | null {
  if (totalBytes !== null && totalBytes > 0) return Math.min(bytes / totalBytes, 1);
  if (totalTables !== null && totalTables > 0) return Math.min(tables / totalTables, 1);
  return null;
}

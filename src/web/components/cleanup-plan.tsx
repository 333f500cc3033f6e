import { Anchor, Stack, Table, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { CleanupResult } from '../api-client.ts';
import { formatBytes } from '../format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { reasonWords, stopWords } from '../reason-words.ts';
import { Cell } from './cell.tsx';
import { Section } from './page.tsx';

/** What a clean-up would delete and what it would keep, each with its reason. */
export function CleanupPlan({ plan }: { readonly plan: CleanupResult }) {
  const { t } = useLanguage();
  return (
    <>
      <Stops plan={plan} />
      <Section title={t('cleanup.deletes')}>
        <Copies copies={plan.deleted} none={t('cleanup.nothing')} />
      </Section>
      <Section title={t('cleanup.keeps')}>
        <Copies copies={plan.kept} none={t('cleanup.keepsNothing')} />
      </Section>
    </>
  );
}

function Stops({ plan: { stops, lostHosts } }: { readonly plan: CleanupResult }) {
  const { t, language } = useLanguage();
  const lines = [
    ...stops.map((stop) => stopWords(stop, language)),
    ...lostHosts.map((host) => t('cleanup.lostHost', { host })),
  ];
  if (lines.length === 0) return null;
  return (
    <Stack gap="xs" className="notice" data-tone="warn" role="alert">
      {lines.map((line) => (
        <Text key={line}>{line}</Text>
      ))}
    </Stack>
  );
}

interface CopiesProps {
  readonly copies: CleanupResult['kept'];
  readonly none: string;
}

function Copies({ copies: { count, bytes, copies }, none }: CopiesProps) {
  const { language, t } = useLanguage();
  if (count === 0) return <Text c="dimmed">{none}</Text>;
  return (
    <>
      <Text size="sm" c="dimmed">
        {t('cleanup.count', { count, bytes: formatBytes(bytes, language) })}
        {count > copies.length && ` · ${t('cleanup.first', { count: copies.length })}`}
      </Text>
      <Table className="stack-table" verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t('backup.backup')}</Table.Th>
            <Table.Th scope="col">{t('copies.destination')}</Table.Th>
            <Table.Th scope="col">{t('backup.size')}</Table.Th>
            <Table.Th scope="col">{t('cleanup.reason')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {copies.map((copy) => (
            <Table.Tr key={`${copy.backup} ${copy.destination} ${copy.host ?? ''}`}>
              <Cell label={t('backup.backup')}>
                <Anchor component={Link} to={`/backups/${copy.backup}`} className="mono">
                  {copy.backup}
                </Anchor>
              </Cell>
              <Cell label={t('copies.destination')}>{copy.destination}</Cell>
              <Cell label={t('backup.size')}>{formatBytes(copy.bytes, language)}</Cell>
              <Cell label={t('cleanup.reason')}>{reasonWords(copy.reason, language)}</Cell>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}

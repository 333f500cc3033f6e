import { Table, Text } from '@mantine/core';
import type { BackupDetail } from '../api-client.ts';
import { formatBytes } from '../format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { StateBadge } from './badge.tsx';
import { Cell } from './cell.tsx';
import { Moment } from './moment.tsx';

/** Where the artifact lies, and when each copy was last looked at. */
export function CopyTable({ copies }: { readonly copies: BackupDetail['checkedCopies'] }) {
  const { language, t } = useLanguage();
  if (copies.length === 0) return <Text c="dimmed">{t('copies.none')}</Text>;
  return (
    <Table className="stack-table">
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t('copies.destination')}</Table.Th>
          <Table.Th scope="col">{t('backup.state')}</Table.Th>
          <Table.Th scope="col">{t('copies.checked')}</Table.Th>
          <Table.Th scope="col">{t('backup.size')}</Table.Th>
          <Table.Th scope="col">{t('copies.place')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {copies.map(({ destination, host, uri, bytes, state, checkedAt, versionId }) => (
          <Table.Tr key={`${destination} ${host ?? ''}`}>
            <Cell label={t('copies.destination')}>{destination}</Cell>
            <Cell label={t('backup.state')}>
              <StateBadge state={state} />
            </Cell>
            <Cell label={t('copies.checked')} whole>
              {checkedAt === null ? t('copies.never') : <Moment at={checkedAt} />}
            </Cell>
            <Cell label={t('backup.size')} whole>
              {formatBytes(bytes, language)}
            </Cell>
            <Cell label={t('copies.place')}>
              <span className="mono">{uri}</span>
              {versionId !== null && (
                <Text component="span" size="xs" c="dimmed">
                  {' '}
                  {t('copies.version')} <span className="mono">{versionId}</span>
                </Text>
              )}
            </Cell>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

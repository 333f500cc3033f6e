import { Group, List, Stack, Table, Text } from '@mantine/core';
import type { Proof, TableProof } from '../../domain/proof.ts';
import { formatDuration, formatNumber } from '../format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useProof } from '../queries.ts';
import { Badge, StateBadge } from './badge.tsx';
import { Cell } from './cell.tsx';
import { Loadable } from './loadable.tsx';
import { Moment } from './moment.tsx';
import { Section } from './page.tsx';

/** The report of the newest test restore, table by table. */
export function ProofReport({ id }: { readonly id: string }) {
  const { t } = useLanguage();
  const proof = useProof(id);
  return (
    <Section title={t('proof.title')} aside={proof.data && <StateBadge state={proof.data.state} />}>
      <Loadable query={proof} rows={5}>
        {(data) => (data ? <Report proof={data} /> : <Text c="dimmed">{t('proof.none')}</Text>)}
      </Loadable>
    </Section>
  );
}

function Report({ proof }: { readonly proof: Proof }) {
  const { language, t } = useLanguage();
  const rows = proof.tables.reduce((sum, { restored }) => sum + (restored?.rows ?? 0), 0);
  const facts = [
    t('proof.tables', { count: formatNumber(proof.tables.length, language) }),
    t('proof.rows', { count: formatNumber(rows, language) }),
    t('proof.objects', { count: formatNumber(proof.schemaObjects.compared, language) }),
    t('proof.sequences', { count: formatNumber(proof.sequences.length, language) }),
    formatDuration(proof.seconds, language),
  ];
  return (
    <Stack gap="md">
      <Text size="sm">
        <Moment at={proof.finishedAt} /> · {facts.join(' · ')}
      </Text>
      {proof.reason !== null && (
        <div className="notice" data-tone={proof.state === 'failed' ? 'bad' : 'warn'}>
          {proof.reason}
        </div>
      )}
      <Differences proof={proof} />
      {proof.tables.length > 0 && <ProofTables tables={proof.tables} />}
      <Lines
        title={t('proof.notCompared')}
        lines={proof.notCompared.map((each) => Object.values(each).join(': '))}
      />
      <Lines title={t('proof.warnings')} lines={proof.warnings} />
    </Stack>
  );
}

function Differences({ proof }: { readonly proof: Proof }) {
  const { t } = useLanguage();
  const lines = [
    ...proof.schemaObjects.differences.map(
      ({ entry, problem }) => `${entry}: ${t(`proof.${problem}`)}`,
    ),
    ...proof.sequences
      .filter(({ equal }) => !equal)
      .map(({ schema, sequence }) => `${schema}.${sequence}`),
    ...proof.otherDifferences,
    ...proof.firstDifferences.map(({ table, keys }) => `${table}: ${keys.join(', ')}`),
  ];
  return <Lines title={t('proof.differences')} lines={lines} />;
}

function Lines({ title, lines }: { readonly title: string; readonly lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <details>
      <summary>
        {title} ({lines.length})
      </summary>
      <List size="sm" mt="xs">
        {lines.map((line, index) => (
          <List.Item key={index}>{line}</List.Item>
        ))}
      </List>
    </details>
  );
}

function ProofTables({ tables }: { readonly tables: readonly TableProof[] }) {
  const { language, t } = useLanguage();
  // What differs is what one looks for.
  const sorted = tables.toSorted((one, other) => Number(one.equal) - Number(other.equal));
  return (
    <Table className="stack-table" verticalSpacing={6}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t('proof.table')}</Table.Th>
          <Table.Th scope="col">{t('proof.source')}</Table.Th>
          <Table.Th scope="col">{t('proof.restored')}</Table.Th>
          <Table.Th scope="col">{t('proof.fingerprint')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {sorted.map(({ schema, table, expected, restored, equal }) => (
          <Table.Tr key={`${schema}.${table}`}>
            <Cell label={t('proof.table')}>
              <span className="mono">
                {schema}.{table}
              </span>
            </Cell>
            <Cell label={t('proof.source')}>{formatNumber(expected.rows, language)}</Cell>
            <Cell label={t('proof.restored')}>
              {restored ? formatNumber(restored.rows, language) : '–'}
            </Cell>
            <Cell label={t('proof.fingerprint')}>
              <Group gap={4} component="span">
                <Badge tone={equal ? 'good' : 'bad'}>
                  {t(equal ? 'proof.equal' : 'proof.other')}
                </Badge>
              </Group>
            </Cell>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

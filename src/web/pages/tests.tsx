import { Button, Group, Stack, Table, Text } from '@mantine/core';
import { post, type Run, type Started } from '../api-client.ts';
import { Cell } from '../components/cell.tsx';
import { Empty } from '../components/empty.tsx';
import { FollowedRun, RunBadge } from '../components/followed-run.tsx';
import { Loadable } from '../components/loadable.tsx';
import { Moment } from '../components/moment.tsx';
import { Page, Section } from '../components/page.tsx';
import { Problem } from '../components/problem.tsx';
import { formatDuration } from '../format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useAction, useClosedRuns, useDatabases, useOpenRuns } from '../queries.ts';
import { runName } from '../run-name.ts';
import { useMay } from '../session.tsx';

const types = ['restoreTest', 'integrityCheck'];

/** Test restores and checks of copies: what they found, and the way to start one. */
export function TestsPage() {
  const { t } = useLanguage();
  const closed = useClosedRuns(100);
  const open = useOpenRuns();
  return (
    <Page title={t('tests.title')} lead={t('tests.lead')}>
      {useMay('backup') && <StartCheck />}
      <Section title={t('tests.last')}>
        <Loadable query={closed} rows={6}>
          {(all) => (
            <RunTable
              runs={[...(open.data ?? []), ...all].filter(({ type }) => types.includes(type))}
            />
          )}
        </Loadable>
      </Section>
    </Page>
  );
}

function StartCheck() {
  const { t } = useLanguage();
  const databases = useDatabases();
  const check = useAction((database: string) => post<Started>('/checks', { database }));
  return (
    <>
      <Section title={t('tests.check')}>
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {t('tests.checkLead')}
          </Text>
          <Group>
            {(databases.data ?? []).map(({ name }) => (
              <Button
                key={name}
                variant="default"
                disabled={check.isPending}
                onClick={() => check.mutate(name)}
              >
                {t('tests.checkOne', { name })}
              </Button>
            ))}
          </Group>
          {check.error && <Problem error={check.error} />}
        </Stack>
      </Section>
      {check.data && <FollowedRun key={check.data.workflowId} id={check.data.workflowId} />}
    </>
  );
}

function RunTable({ runs }: { readonly runs: readonly Run[] }) {
  const { t } = useLanguage();
  if (runs.length === 0) {
    return (
      <Empty icon="tests" title={t('tests.none')}>
        {t('tests.noneHint')}
      </Empty>
    );
  }
  return (
    <Table className="stack-table" verticalSpacing="xs">
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t('tests.what')}</Table.Th>
          <Table.Th scope="col">{t('tests.began')}</Table.Th>
          <Table.Th scope="col">{t('backup.duration')}</Table.Th>
          <Table.Th scope="col">{t('tests.result')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {runs.map((run) => (
          <RunRow key={run.runId} run={run} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function RunRow({ run }: { readonly run: Run }) {
  const { language, t } = useLanguage();
  const { type, workflowId, startedAt, closedAt, status } = run;
  return (
    <Table.Tr>
      <Cell label={t('tests.what')}>
        <Text span inherit fw={600}>
          {runName(type, language)}
        </Text>
        <Text span display="block" c="dimmed" className="mono">
          {workflowId}
        </Text>
      </Cell>
      <Cell label={t('tests.began')}>
        <Moment at={startedAt} />
      </Cell>
      <Cell label={t('backup.duration')}>
        {closedAt === null
          ? '–'
          : formatDuration((Date.parse(closedAt) - Date.parse(startedAt)) / 1000, language)}
      </Cell>
      <Cell label={t('tests.result')}>
        <RunBadge status={status} />
      </Cell>
    </Table.Tr>
  );
}

import { useState } from 'react';
import { Button, Group, NativeSelect, Table, Text, TextInput } from '@mantine/core';
import { auditActions } from '../../domain/access.ts';
import type { AuditRow } from '../api-client.ts';
import { Badge } from '../components/badge.tsx';
import { Cell } from '../components/cell.tsx';
import { Empty } from '../components/empty.tsx';
import { Loadable } from '../components/loadable.tsx';
import { Moment } from '../components/moment.tsx';
import { Page } from '../components/page.tsx';
import type { Translate } from '../i18n/translate.ts';
import { messageOf, useLanguage } from '../i18n/language.tsx';
import type { Language } from '../i18n/languages.ts';
import { useAudit } from '../queries.ts';

const pageSize = 50;

/** Who did what, newest first. */
export function AuditPage() {
  const { t } = useLanguage();
  const [user, setUser] = useState('');
  const [action, setAction] = useState('');
  const [before, setBefore] = useState<string | null>(null);
  const rows = useAudit({ user: user.trim(), action, before, limit: pageSize });
  const last = rows.data?.length === pageSize ? rows.data.at(-1)?.id : undefined;
  const narrow = (set: (value: string) => void) => (value: string) => {
    set(value);
    setBefore(null); // another list begins at its newest
  };
  return (
    <Page title={t('audit.title')} lead={t('audit.lead')}>
      <Filters {...{ user, action, setUser: narrow(setUser), setAction: narrow(setAction) }} />
      <div className="card">
        <Loadable query={rows} rows={8}>
          {(all) => <AuditTable rows={all} />}
        </Loadable>
        <Group justify="space-between" mt="sm">
          <Button variant="default" disabled={before === null} onClick={() => setBefore(null)}>
            {t('backups.newest')}
          </Button>
          <Button
            variant="default"
            disabled={last === undefined}
            onClick={() => setBefore(last ?? null)}
          >
            {t('audit.older')}
          </Button>
        </Group>
      </div>
    </Page>
  );
}

interface FiltersProps {
  readonly user: string;
  readonly action: string;
  readonly setUser: (user: string) => void;
  readonly setAction: (action: string) => void;
}

function Filters({ user, action, setUser, setAction }: FiltersProps) {
  const { t } = useLanguage();
  return (
    <Group gap="sm" align="flex-end">
      <TextInput
        label={t('audit.user')}
        value={user}
        onChange={({ currentTarget }) => setUser(currentTarget.value)}
      />
      <NativeSelect
        label={t('audit.action')}
        value={action}
        onChange={({ currentTarget }) => setAction(currentTarget.value)}
        data={[
          { value: '', label: t('backups.all') },
          ...auditActions.map((each) => ({ value: each, label: t(`action.${each}`) })),
        ]}
      />
    </Group>
  );
}

function AuditTable({ rows }: { readonly rows: readonly AuditRow[] }) {
  const { t } = useLanguage();
  if (rows.length === 0) return <Empty icon="audit" title={t('audit.none')} />;
  return (
    <Table className="stack-table" verticalSpacing="xs">
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t('audit.time')}</Table.Th>
          <Table.Th scope="col">{t('audit.user')}</Table.Th>
          <Table.Th scope="col">{t('audit.action')}</Table.Th>
          <Table.Th scope="col">{t('audit.target')}</Table.Th>
          <Table.Th scope="col">{t('audit.result')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Row key={row.id} row={row} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Row({ row }: { readonly row: AuditRow }) {
  const { language, t } = useLanguage();
  const why = messageOf(language, `error.${row.result}`);
  return (
    <Table.Tr>
      <Cell label={t('audit.time')}>
        <Moment at={row.at} />
      </Cell>
      <Cell label={t('audit.user')}>
        {row.user ?? '–'}
        <Text span display="block" c="dimmed" size="sm">
          {viaOf(row.via, language, t)}
          {row.address !== null && ` · ${row.address}`}
        </Text>
      </Cell>
      <Cell label={t('audit.action')}>{t(`action.${row.action}`)}</Cell>
      <Cell label={t('audit.target')}>
        <span className="mono">{row.target ?? '–'}</span>
      </Cell>
      <Cell label={t('audit.result')}>
        <ResultBadge result={row.result} />
        {why !== undefined && (
          <Text span display="block" c="dimmed" size="sm">
            {why}
          </Text>
        )}
      </Cell>
    </Table.Tr>
  );
}

function ResultBadge({ result }: Pick<AuditRow, 'result'>) {
  const { t } = useLanguage();
  if (result === 'done') return <Badge tone="good">{t('run.done')}</Badge>;
  if (result === 'begun') return <Badge tone="idle">{t('audit.begun')}</Badge>;
  return <Badge tone="bad">{result}</Badge>;
}

/** With what somebody showed who he is; names that others gave stay as they are. */
function viaOf(via: string, language: Language, t: Translate): string {
  const token = /^token (.*)$/s.exec(via)?.[1];
  if (token !== undefined) return t('audit.via.token', { name: token });
  return messageOf(language, `audit.via.${via}`) ?? via;
}

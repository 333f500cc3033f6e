import { Button, Group, NativeSelect, Table, Text } from '@mantine/core';
import { useSearchParams } from 'react-router';
import { storedKinds } from '../../domain/backup-name.ts';
import { backupStates } from '../../domain/backup.ts';
import { BackupRow } from '../components/backup-row.tsx';
import { Empty } from '../components/empty.tsx';
import { Loadable } from '../components/loadable.tsx';
import { Page } from '../components/page.tsx';
import { familiesOf } from '../../domain/families.ts';
import { formatNumber } from '../format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useBackups, useDatabases, useStatus } from '../queries.ts';
import type { BackupPage, Database } from '../api-client.ts';

const filters = ['database', 'kind', 'module', 'state'] as const;
const pageSize = 50;

/** All backups, a page at a time; the filter stands in the address, so that it can be kept and sent. */
export function BackupsPage() {
  const { language, t } = useLanguage();
  const [search, setSearch] = useSearchParams();
  const chosen = Object.fromEntries(filters.map((name) => [name, search.get(name)]));
  const backups = useBackups({ ...chosen, before: search.get('before'), limit: pageSize });
  const next = backups.data?.next ?? null;
  const turn = (before: string | null) => {
    const turned = new URLSearchParams(search);
    if (before === null) turned.delete('before');
    else turned.set('before', before);
    setSearch(turned);
    scrollTo({ top: 0 });
  };
  return (
    <Page
      title={t('backups.title')}
      lead={
        backups.data && t('backups.count', { count: formatNumber(backups.data.total, language) })
      }
    >
      <Filters />
      <div className="card">
        <Text size="sm" c="dimmed" mb="xs">
          {t('backups.caption')}
        </Text>
        <Loadable query={backups} rows={8}>
          {(page) => <BackupTable page={page} />}
        </Loadable>
        <Group justify="space-between" mt="sm">
          {search.has('before') ? (
            <Button variant="default" onClick={() => turn(null)}>
              {t('backups.newest')}
            </Button>
          ) : (
            <span />
          )}
          {next !== null && (
            <Button variant="default" onClick={() => turn(next)}>
              {t('backups.older')}
            </Button>
          )}
        </Group>
      </div>
    </Page>
  );
}

function Filters() {
  const { t } = useLanguage();
  const { data } = useStatus();
  const [search] = useSearchParams();
  const databases = (data?.databases ?? []).map(({ name }) => ({ value: name, label: name }));
  const modules = modulesOf(useDatabases().data ?? [], search.get('database'));
  return (
    <Group gap="sm" align="flex-end">
      <Filter name="database" options={databases} />
      <Filter
        name="kind"
        options={storedKinds.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))}
      />
      {(modules.length > 0 || search.has('module')) && (
        <Filter name="module" options={modules.map((name) => ({ value: name, label: name }))} />
      )}
      <Filter
        name="state"
        options={backupStates.map((state) => ({ value: state, label: t(`state.${state}`) }))}
      />
    </Group>
  );
}

/** Of one database, or of all (null). */
function modulesOf(databases: readonly Database[], database: string | null): readonly string[] {
  const meant = databases.filter(({ name }) => database === null || name === database);
  return [...new Set(meant.flatMap(({ modules }) => modules))].toSorted();
}

interface FilterProps {
  readonly name: (typeof filters)[number];
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

function Filter({ name, options }: FilterProps) {
  const { t } = useLanguage();
  const [search, setSearch] = useSearchParams();
  const choose = (value: string) => {
    const next = new URLSearchParams(search);
    next.delete('before'); // another list begins at its newest
    if (name === 'database') next.delete('module'); // another database has other modules
    if (value === '') next.delete(name);
    else next.set(name, value);
    setSearch(next);
  };
  return (
    <NativeSelect
      label={t(`backup.${name}`)}
      value={search.get(name) ?? ''}
      onChange={({ currentTarget }) => choose(currentTarget.value)}
      data={[{ value: '', label: t('backups.all') }, ...options]}
    />
  );
}

function BackupTable({ page }: { readonly page: BackupPage }) {
  const { t } = useLanguage();
  if (page.items.length === 0) {
    return (
      <Empty icon="backups" title={t('backups.none')}>
        {t('backups.noneHint')}
      </Empty>
    );
  }
  return (
    <Table className="stack-table" verticalSpacing="xs" highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t('backup.backup')}</Table.Th>
          <Table.Th scope="col">{t('backup.kind')}</Table.Th>
          <Table.Th scope="col">{t('backup.state')}</Table.Th>
          <Table.Th scope="col">{t('backup.size')}</Table.Th>
          <Table.Th scope="col">{t('backup.duration')}</Table.Th>
          <Table.Th scope="col">{t('backup.copies')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {familiesOf(page.items).flatMap(({ head, incrementals }) => [
          <BackupRow key={head.id} backup={head} />,
          ...incrementals.map((each) => <BackupRow key={each.id} backup={each} isChild />),
        ])}
      </Table.Tbody>
    </Table>
  );
}

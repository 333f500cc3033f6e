import { Button, SimpleGrid, Stack } from '@mantine/core';
import { Link } from 'react-router';
import type { Database } from '../api-client.ts';
import { Calendar } from '../components/calendar.tsx';
import { DatabaseCard } from '../components/database-card.tsx';
import { Empty } from '../components/empty.tsx';
import { Icon } from '../components/icon.tsx';
import { Loadable } from '../components/loadable.tsx';
import { Page, Section } from '../components/page.tsx';
import { AlarmList } from '../components/alarm-list.tsx';
import { OpenRuns } from '../components/open-runs.tsx';
import { StorageTrend } from '../components/storage-trend.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { nextBackup } from '../next-backup.ts';
import { useDatabases, useDays, useSchedules, useStatus } from '../queries.ts';
import { useMay } from '../session.tsx';

const weeks = 26;

/** What an administrator opens in the morning. */
export function OverviewPage() {
  const { t } = useLanguage();
  return (
    <Page title={t('overview.title')} lead={t('overview.lead')} actions={<BackUpNow />}>
      <Databases />
      <OpenRuns />
      <History />
    </Page>
  );
}

function BackUpNow() {
  const { t } = useLanguage();
  if (!useMay('backup')) return null;
  return (
    <Button component={Link} to="/run" leftSection={<Icon name="run" size={14} />}>
      {t('run.title')}
    </Button>
  );
}

function Databases() {
  const { t } = useLanguage();
  const status = useStatus();
  const databases = useDatabases();
  const schedules = useSchedules();
  return (
    <Loadable query={status}>
      {({ databases: all, alarms }) => (
        <Stack gap="lg">
          <AlarmList alarms={alarms} />
          {all.length === 0 && <Empty icon="backups" title={t('overview.none')} />}
          <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
            {all.map((each) => (
              <DatabaseCard
                key={each.name}
                status={each}
                hours={databases.data && objectiveOf(databases.data, each.name)}
                next={nextBackup(schedules.data ?? [], each.name)}
              />
            ))}
          </SimpleGrid>
        </Stack>
      )}
    </Loadable>
  );
}

function objectiveOf(databases: readonly Database[], database: string): number | null {
  return databases.find(({ name }) => name === database)?.objectiveHours ?? null;
}

function History() {
  const { t } = useLanguage();
  const days = useDays(weeks * 7);
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <Section title={t('calendar.title')}>
        <Loadable query={days} rows={3}>
          {(all) => <Calendar days={all} weeks={weeks} />}
        </Loadable>
      </Section>
      <Section title={t('storage.title')}>
        <Loadable query={days} rows={3}>
          {(all) => <StorageTrend days={all} />}
        </Loadable>
      </Section>
    </SimpleGrid>
  );
}

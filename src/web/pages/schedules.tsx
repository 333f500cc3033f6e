import { Button, Group, Table, Text } from '@mantine/core';
import { post, type Schedule } from '../api-client.ts';
import { Badge, type Tone } from '../components/badge.tsx';
import { Cell } from '../components/cell.tsx';
import { Empty } from '../components/empty.tsx';
import { Loadable } from '../components/loadable.tsx';
import { Moment } from '../components/moment.tsx';
import { Page } from '../components/page.tsx';
import { Problem } from '../components/problem.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useAction, useSchedules } from '../queries.ts';
import { scheduleName } from '../run-name.ts';
import { scheduleWhen } from '../schedule-when.ts';
import { useMay } from '../session.tsx';

/** When what runs by itself, and the way to hold it up. */
export function SchedulesPage() {
  const { t } = useLanguage();
  const schedules = useSchedules();
  return (
    <Page title={t('schedules.title')} lead={t('schedules.lead')}>
      <div className="card">
        <Loadable query={schedules} rows={6}>
          {(all) =>
            all.length === 0 ? (
              <Empty icon="schedules" title={t('schedules.none')} />
            ) : (
              <ScheduleTable schedules={all} />
            )
          }
        </Loadable>
      </div>
    </Page>
  );
}

function ScheduleTable({ schedules }: { readonly schedules: readonly Schedule[] }) {
  const { t } = useLanguage();
  return (
    <Table className="stack-table" verticalSpacing="xs">
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t('schedules.schedule')}</Table.Th>
          <Table.Th scope="col">{t('schedules.when')}</Table.Th>
          <Table.Th scope="col">{t('schedules.next')}</Table.Th>
          <Table.Th scope="col">{t('schedules.last')}</Table.Th>
          <Table.Th scope="col">{t('schedules.actions')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {schedules.map((schedule) => (
          <ScheduleRow key={schedule.id} schedule={schedule} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function ScheduleRow({ schedule }: { readonly schedule: Schedule }) {
  const { language, t } = useLanguage();
  const { database, name, when, timeZone, next, paused, note } = schedule;
  return (
    <Table.Tr>
      <Cell label={t('schedules.schedule')}>
        <Text span inherit fw={600}>
          {database ?? t('run.everyDatabase')}
        </Text>{' '}
        · {scheduleName(name, language)}
      </Cell>
      <Cell label={t('schedules.when')}>
        {when === null ? '–' : scheduleWhen(when, language, t)}
        <Text span c="dimmed" size="sm">
          {' '}
          {timeZone}
        </Text>
      </Cell>
      <Cell label={t('schedules.next')}>
        {paused ? <Badge tone="warn">{t('schedules.paused')}</Badge> : <Next at={next} />}
        {note !== null && note !== '' && (
          <Text span display="block" size="sm" c="dimmed">
            {note}
          </Text>
        )}
      </Cell>
      <Cell label={t('schedules.last')}>
        <Last schedule={schedule} />
      </Cell>
      <Cell label={t('schedules.actions')}>
        <Actions schedule={schedule} />
      </Cell>
    </Table.Tr>
  );
}

function Next({ at }: { readonly at: string | null }) {
  return at === null ? '–' : <Moment at={at} />;
}

const tones: Readonly<Record<string, Tone>> = {
  running: 'busy',
  done: 'good',
  failed: 'bad',
  cancelled: 'idle',
};

function Last({ schedule: { last } }: { readonly schedule: Schedule }) {
  const { t } = useLanguage();
  if (!last) return t('schedules.never');
  return (
    <Group gap="xs" component="span">
      <Moment at={last.at} />
      {last.state !== null && (
        <Badge tone={tones[last.state] ?? 'idle'}>
          {t(last.state === 'done' ? 'run.done' : `state.${last.state}`)}
        </Badge>
      )}
    </Group>
  );
}

function Actions({ schedule: { id, paused } }: { readonly schedule: Schedule }) {
  const { t } = useLanguage();
  const act = useAction((verb: 'pause' | 'resume' | 'trigger') =>
    post(`/schedules/${verb}`, { id }),
  );
  if (!useMay('schedule')) return '–';
  const button = (verb: 'pause' | 'resume' | 'trigger') => (
    <Button
      {...{ size: 'compact-sm', variant: 'default', disabled: act.isPending }}
      aria-label={`${t(`schedules.${verb}`)}: ${id}`}
      onClick={() => act.mutate(verb)}
    >
      {t(`schedules.${verb}`)}
    </Button>
  );
  return (
    <>
      <Group gap={6} component="span" wrap="nowrap">
        {button(paused ? 'resume' : 'pause')}
        {button('trigger')}
      </Group>
      {act.error && <Problem error={act.error} />}
    </>
  );
}

import { useState } from 'react';
import { Button, Checkbox, Group, NativeSelect, Stack } from '@mantine/core';
import { get, post, type CleanupResult, type Started } from '../api-client.ts';
import { CleanupPlan } from '../components/cleanup-plan.tsx';
import { FollowedRun } from '../components/followed-run.tsx';
import { Page, Section } from '../components/page.tsx';
import { Problem } from '../components/problem.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useAction, useDatabases } from '../queries.ts';
import { useMay } from '../session.tsx';

/** Shows what would be deleted and why; then deletes it. */
export function CleanupPage() {
  const { t } = useLanguage();
  const [database, setDatabase] = useState('');
  const databases = useDatabases();
  const body = database === '' ? {} : { database };
  const look = useAction(() => get<CleanupResult>('/cleanups/preview', { database }));
  const run = useAction((force: boolean) =>
    post<Started>('/cleanups', { ...body, ...(force && { force }) }),
  );
  const choose = (name: string) => {
    setDatabase(name);
    look.reset(); // what was shown is of another one
    run.reset();
  };
  return (
    <Page title={t('cleanup.title')} lead={t('cleanup.lead')}>
      <Section title={t('cleanup.what')}>
        <Group align="flex-end">
          <NativeSelect
            label={t('backup.database')}
            value={database}
            onChange={({ currentTarget }) => choose(currentTarget.value)}
            data={[
              { value: '', label: t('run.everyDatabase') },
              ...(databases.data ?? []).map(({ name }) => name),
            ]}
          />
          <Button variant="default" loading={look.isPending} onClick={() => look.mutate(undefined)}>
            {t('cleanup.look')}
          </Button>
        </Group>
      </Section>
      {look.error && <Problem error={look.error} />}
      {look.data && (
        <>
          <CleanupPlan plan={look.data} />
          <Run plan={look.data} isBusy={run.isPending} onRun={(force) => run.mutate(force)} />
        </>
      )}
      {run.error && <Problem error={run.error} />}
      {run.data && <FollowedRun key={run.data.workflowId} id={run.data.workflowId} />}
    </Page>
  );
}

interface RunProps {
  readonly plan: CleanupResult;
  readonly isBusy: boolean;
  readonly onRun: (force: boolean) => void;
}

function Run({ plan, isBusy, onRun }: RunProps) {
  const { t } = useLanguage();
  const [isForced, setForced] = useState(false);
  const may = useMay('cleanup');
  const isStopped = plan.stops.length > 0;
  if (!may || (plan.deleted.count === 0 && !isStopped)) return null;
  return (
    <Stack gap="sm">
      {isStopped && (
        <Checkbox
          label={t('cleanup.force')}
          checked={isForced}
          onChange={({ currentTarget }) => setForced(currentTarget.checked)}
        />
      )}
      <Group>
        <Button color="red.8" loading={isBusy} onClick={() => onRun(isForced)}>
          {t('cleanup.do', { count: plan.deleted.count })}
        </Button>
      </Group>
    </Stack>
  );
}

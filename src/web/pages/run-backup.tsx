import { useState } from 'react';
import { Button, Group, NativeSelect, Radio, Stack, Text } from '@mantine/core';
import { backupKinds, type MadeKind } from '../../domain/backup-name.ts';
import { post, type Database, type Started } from '../api-client.ts';
import { FollowedRun } from '../components/followed-run.tsx';
import { Loadable } from '../components/loadable.tsx';
import { Page, Section } from '../components/page.tsx';
import { Problem } from '../components/problem.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useAction, useDatabases } from '../queries.ts';

/** Starts a backup, and shows it until it is proven. */
export function RunBackupPage() {
  const { t } = useLanguage();
  const databases = useDatabases();
  const start = useAction((body: object) => post<Started>('/backups', body));
  return (
    <Page title={t('run.title')} lead={t('run.lead')}>
      <Section title={t('run.what')}>
        <Loadable query={databases}>
          {(all) => (
            <Choice
              databases={all}
              isBusy={start.isPending}
              onStart={(body) => start.mutate(body)}
            />
          )}
        </Loadable>
      </Section>
      {start.error && <Problem error={start.error} />}
      {start.data && <FollowedRun key={start.data.workflowId} id={start.data.workflowId} />}
    </Page>
  );
}

interface ChoiceProps {
  readonly databases: readonly Database[];
  readonly isBusy: boolean;
  readonly onStart: (body: object) => void;
}

function Choice({ databases, isBusy, onStart }: ChoiceProps) {
  const { t } = useLanguage();
  const [database, setDatabase] = useState(databases[0]?.name ?? '');
  const [kind, setKind] = useState<MadeKind>('full');
  const [module, setModule] = useState('');
  const modules = databases.find(({ name }) => name === database)?.modules ?? [];
  const choose = (name: string) => {
    setDatabase(name);
    setModule(''); // another database has other modules
  };
  const submit = () =>
    onStart({
      kind,
      ...(database === '' ? {} : { database }),
      ...(module === '' ? {} : { module }),
    });
  return (
    <Stack>
      <Group align="flex-end">
        <NativeSelect
          label={t('backup.database')}
          value={database}
          onChange={({ currentTarget }) => choose(currentTarget.value)}
          data={[
            ...databases.map(({ name }) => name),
            ...(databases.length > 1 ? [{ value: '', label: t('run.everyDatabase') }] : []),
          ]}
        />
        {modules.length > 0 && (
          <NativeSelect
            label={t('backup.module')}
            value={module}
            onChange={({ currentTarget }) => setModule(currentTarget.value)}
            data={[{ value: '', label: t('run.wholeDatabase') }, ...modules]}
          />
        )}
      </Group>
      <Kinds kind={kind} onChange={setKind} />
      <Group>
        <Button loading={isBusy} onClick={submit}>
          {t('run.do')}
        </Button>
        <Text size="sm" c="dimmed">
          {t('run.locks')}
        </Text>
      </Group>
    </Stack>
  );
}

interface KindsProps {
  readonly kind: MadeKind;
  readonly onChange: (kind: MadeKind) => void;
}

function Kinds({ kind, onChange }: KindsProps) {
  const { t } = useLanguage();
  return (
    <Radio.Group label={t('backup.kind')} value={kind} onChange={(value) => onChange(value)}>
      <Stack gap="xs" mt={4}>
        {backupKinds.map((each) => (
          <Radio
            key={each}
            value={each}
            label={t(`kind.${each}`)}
            description={t(`kind.${each}.about`)}
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}

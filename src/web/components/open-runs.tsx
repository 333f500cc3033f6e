import { Button, Group, Stack, Text } from '@mantine/core';
import { post, type Run } from '../api-client.ts';
import { useLanguage } from '../i18n/language.tsx';
import { runName } from '../run-name.ts';
import { useAction, useOpenRuns } from '../queries.ts';
import { useMay } from '../session.tsx';
import { Loadable } from './loadable.tsx';
import { Moment } from './moment.tsx';
import { Section } from './page.tsx';
import { Problem } from './problem.tsx';
import { RunProgress } from './run-progress.tsx';

/** What runs now, with where it is. */
export function OpenRuns() {
  const { t } = useLanguage();
  const runs = useOpenRuns();
  return (
    <Section title={t('runs.now')}>
      <Loadable query={runs} rows={2}>
        {(all) =>
          all.length === 0 ? (
            <Text c="dimmed">{t('runs.none')}</Text>
          ) : (
            <Stack>
              {all.map((run) => (
                <OpenRun key={run.runId} run={run} />
              ))}
            </Stack>
          )
        }
      </Loadable>
    </Section>
  );
}

/** One run under way, and the way to stop it. */
export function OpenRun({ run }: { readonly run: Run }) {
  const { language, t } = useLanguage();
  const mayCancel = useMay('backup');
  const cancel = useAction(() => post('/runs/cancel', { workflowId: run.workflowId }));
  return (
    <Stack gap={6}>
      <Group justify="space-between" gap="xs">
        <div>
          <Text fw={600}>{runName(run.type, language)}</Text>
          <Text size="sm" c="dimmed" className="mono">
            {run.progress?.backup ?? run.workflowId}
          </Text>
        </div>
        <Group gap="sm">
          <Text size="sm" c="dimmed">
            {t('runs.since')} <Moment at={run.startedAt} asAge />
          </Text>
          {mayCancel && (
            <Button
              {...{ size: 'compact-sm', variant: 'default', loading: cancel.isPending }}
              onClick={() => cancel.mutate(undefined)}
            >
              {t('runs.cancel')}
            </Button>
          )}
        </Group>
      </Group>
      <RunProgress progress={run.progress} />
      {cancel.error && <Problem error={cancel.error} />}
    </Stack>
  );
}

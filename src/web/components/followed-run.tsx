import { Anchor, Group, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';
import { parseBackupId } from '../../domain/backup-name.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useRun, type ToldRun } from '../queries.ts';
import { runName } from '../run-name.ts';
import { Badge, type Tone } from './badge.tsx';
import { Loadable } from './loadable.tsx';
import { Failure } from './problem.tsx';
import { Section } from './page.tsx';
import { RunProgress } from './run-progress.tsx';

const tones: Readonly<Record<string, Tone>> = {
  RUNNING: 'busy',
  COMPLETED: 'good',
  FAILED: 'bad',
  TIMED_OUT: 'bad',
  TERMINATED: 'idle',
  CANCELLED: 'idle',
};

/** A run that was started here, until its end and what it ended with. */
export function FollowedRun({ id }: { readonly id: string }) {
  const { t } = useLanguage();
  const told = useRun(id);
  return (
    <Section
      title={t('follow.title')}
      aside={told.data && <RunBadge status={told.data.run.status} />}
    >
      <Loadable query={told} rows={2}>
        {(data) => <Told {...data} />}
      </Loadable>
    </Section>
  );
}

/** Temporal's word for how a run stands, in ours. */
export function RunBadge({ status }: { readonly status: string }) {
  const { t } = useLanguage();
  const tone = tones[status] ?? 'busy';
  const names = { good: 'run.done', bad: 'state.failed', idle: 'state.cancelled' } as const;
  return (
    <Badge tone={tone}>
      {t(tone === 'busy' || tone === 'warn' ? 'state.running' : names[tone])}
    </Badge>
  );
}

function Told({ run, problem, last }: ToldRun) {
  const { language, t } = useLanguage();
  const backup = run.progress?.backup ?? last?.backup ?? null;
  return (
    <Stack gap="xs" aria-live="polite">
      <Group gap="xs">
        <Text fw={600}>{runName(run.type, language)}</Text>
        <Text size="sm" c="dimmed" className="mono">
          {run.workflowId}
        </Text>
      </Group>
      {run.status === 'RUNNING' && <RunProgress progress={run.progress} />}
      {problem && <Failure {...problem} />}
      {backup !== null && parseBackupId(backup) !== undefined && (
        <Anchor component={Link} to={`/backups/${backup}`}>
          {t('follow.open')}
        </Anchor>
      )}
    </Stack>
  );
}

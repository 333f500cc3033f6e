import { Anchor, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from 'react-router';
import type { Status } from '../api-client.ts';
import { formatBytes, formatDuration, formatNumber } from '../format.ts';
import { freshnessOf, type Freshness } from '../freshness.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useNow } from '../use-now.ts';
import { Badge, type Tone } from './badge.tsx';
import { Moment } from './moment.tsx';

type DatabaseStatus = Status['databases'][number];

interface DatabaseCardProps {
  readonly status: DatabaseStatus;
  /** How old its newest proven backup may be; 0: as old as it likes, null: it is not in the settings; undefined: not known yet. */
  readonly hours: number | null | undefined;
  /** When the next backup is due; null: none is. */
  readonly next: string | null;
}

const tones: Readonly<Record<Freshness, Tone>> = {
  fresh: 'good',
  aging: 'warn',
  late: 'bad',
  none: 'bad',
  gone: 'idle',
};

/** How one database stands: how old its newest proven backup is, and how old it may be. */
export function DatabaseCard({ status, hours, next }: DatabaseCardProps) {
  const { t } = useLanguage();
  const now = useNow();
  const { name, newestProven } = status;
  const freshness =
    hours === undefined ? undefined : freshnessOf(newestProven?.at ?? null, hours, now);
  const isFirst = freshness === 'none' && status.running.length > 0;
  const tone = isFirst ? 'busy' : freshness ? tones[freshness] : 'idle';
  return (
    <article className="card" data-tone={tone} aria-label={name}>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap">
          <Title order={2} size="h4" style={{ overflowWrap: 'anywhere' }}>
            {name}
          </Title>
          {freshness && (
            <Badge tone={tone}>{t(`freshness.${isFirst ? 'first' : freshness}`)}</Badge>
          )}
        </Group>
        <NewestProven newest={newestProven} hours={hours ?? 0} />
        <Facts status={status} next={next} />
      </Stack>
    </article>
  );
}

interface NewestProvenProps {
  readonly newest: DatabaseStatus['newestProven'];
  readonly hours: number;
}

function NewestProven({ newest, hours }: NewestProvenProps) {
  const { language, t } = useLanguage();
  const objective =
    hours > 0 ? t('overview.objective', { age: formatDuration(hours * 3600, language) }) : '';
  if (!newest) return <Text c="dimmed">{t('overview.noProven')}</Text>;
  return (
    <div>
      <Text size="sm" c="dimmed">
        {t('overview.newestProven')}
      </Text>
      <Anchor component={Link} to={`/backups/${newest.id}`} fz="xl" fw={650}>
        <Moment at={newest.at} asAge />
      </Anchor>
      <Text size="sm" c="dimmed">
        {objective}
      </Text>
    </div>
  );
}

function Facts({
  status,
  next,
}: {
  readonly status: DatabaseStatus;
  readonly next: string | null;
}) {
  const { language, t } = useLanguage();
  const { counts, bytes } = status;
  return (
    <dl className="facts">
      <dt>{t('overview.next')}</dt>
      <dd>{next === null ? '–' : <Moment at={next} asAge />}</dd>
      <dt>{t('overview.backups')}</dt>
      <dd>
        {`${t('state.proven')} ${formatNumber(counts.proven, language)}`}
        {counts.unproven > 0 && ` · ${t('state.unproven')} ${counts.unproven}`}
        {counts.failed > 0 && ` · ${t('state.failed')} ${counts.failed}`}
      </dd>
      <dt>{t('overview.stored')}</dt>
      <dd>{formatBytes(bytes, language)}</dd>
    </dl>
  );
}

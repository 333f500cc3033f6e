import { Anchor, Group, Table, Text } from '@mantine/core';
import { Link } from 'react-router';
import { parseBackupId } from '../../domain/backup-name.ts';
import type { Backup } from '../api-client.ts';
import { formatBytes, formatDuration } from '../format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Badge, StateBadge } from './badge.tsx';
import { Cell } from './cell.tsx';
import { CopyBadges } from './copy-badges.tsx';
import { Moment } from './moment.tsx';

interface BackupRowProps {
  readonly backup: Backup;
  /** Stands under the full that it needs. */
  readonly isChild?: boolean;
}

/** One backup in the list. */
export function BackupRow({ backup, isChild = false }: BackupRowProps) {
  const { language, t } = useLanguage();
  const { id, kind, module, state, reason, artifact, timings } = backup;
  const time = parseBackupId(id)?.time.toISOString();
  return (
    <Table.Tr className={isChild ? 'child' : ''}>
      <Cell label={t('backup.backup')}>
        <Anchor component={Link} to={`/backups/${id}`} fw={600}>
          {time === undefined ? id : <Moment at={time} />}
        </Anchor>
        <Text span display="block" c="dimmed" className="mono">
          {id}
        </Text>
      </Cell>
      <Cell label={t('backup.kind')}>
        {t(`kind.${kind}`)}
        {module !== null && ` · ${module}`}
      </Cell>
      <Cell label={t('backup.state')}>
        <Group gap={6} component="span">
          <StateBadge state={state} />
          {backup.hold && <Badge tone="idle">{t('hold.badge')}</Badge>}
        </Group>
        {reason !== null && (
          <Text span display="block" size="sm" c="dimmed" maw={320} lineClamp={2}>
            {reason}
          </Text>
        )}
      </Cell>
      <Cell label={t('backup.size')} whole>
        {artifact ? formatBytes(artifact.bytes, language) : '–'}
      </Cell>
      <Cell label={t('backup.duration')} whole>
        {timings.total === null ? '–' : formatDuration(timings.total, language)}
      </Cell>
      <Cell label={t('backup.copies')}>
        <Group gap={6} component="span">
          <CopyBadges copies={backup.copies} />
        </Group>
      </Cell>
    </Table.Tr>
  );
}

import { Anchor, Group, SimpleGrid, Text } from '@mantine/core';
import { useParams } from 'react-router';
import type { BackupDetail } from '../api-client.ts';
import { StateBadge } from '../components/badge.tsx';
import { BackupActions } from '../components/backup-actions.tsx';
import { CopyTable } from '../components/copy-table.tsx';
import { HoldNotice } from '../components/hold-notice.tsx';
import { Icon } from '../components/icon.tsx';
import { Loadable } from '../components/loadable.tsx';
import { Moment } from '../components/moment.tsx';
import { Page, Section } from '../components/page.tsx';
import { ProofReport } from '../components/proof-report.tsx';
import { RestoreLines } from '../components/restore-lines.tsx';
import { Timings } from '../components/timings.tsx';
import { formatBytes } from '../format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useBackup } from '../queries.ts';

/** Everything about one backup. */
export function BackupDetailPage() {
  const { t } = useLanguage();
  const { id = '' } = useParams();
  const backup = useBackup(id);
  return (
    <Page
      title={t('detail.title')}
      lead={<span className="mono">{id}</span>}
      actions={backup.data && <BackupActions backup={backup.data} />}
    >
      <Loadable query={backup} rows={8}>
        {(data) => <Parts backup={data} />}
      </Loadable>
    </Page>
  );
}

function Parts({ backup }: { readonly backup: BackupDetail }) {
  const { t } = useLanguage();
  const { state, reason } = backup;
  return (
    <>
      {reason !== null && (
        <div className="notice" data-tone={state === 'failed' ? 'bad' : 'warn'}>
          {reason}
        </div>
      )}
      <HoldNotice hold={backup.hold} />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Section title={t('detail.facts')} aside={<StateBadge state={state} />}>
          <Facts backup={backup} />
        </Section>
        <Section title={t('detail.timings')}>
          <Timings timings={backup.timings} />
        </Section>
      </SimpleGrid>
      <Section title={t('detail.copies')}>
        <CopyTable copies={backup.checkedCopies} />
      </Section>
      <ProofReport id={backup.id} />
      <RestoreLines lines={backup.restoreLines} />
    </>
  );
}

function Facts({ backup }: { readonly backup: BackupDetail }) {
  const { language, t } = useLanguage();
  const { artifact, dumpBytes, module, base, snapshotAt, run } = backup;
  return (
    <dl className="facts">
      <Fact name={t('backup.database')}>{backup.database}</Fact>
      <Fact name={t('backup.kind')}>{t(`kind.${backup.kind}`)}</Fact>
      {module !== null && <Fact name={t('backup.module')}>{module}</Fact>}
      {base !== null && <Fact name={t('detail.base')}>{base}</Fact>}
      <Fact name={t('detail.triggered')}>
        <Moment at={backup.triggeredAt} />
      </Fact>
      {snapshotAt !== null && (
        <Fact name={t('detail.recoveryPoint')}>
          <Moment at={snapshotAt} />
        </Fact>
      )}
      {artifact && (
        <Fact name={t('backup.size')}>
          {formatBytes(artifact.bytes, language)}
          {dumpBytes !== null &&
            ` · ${t('detail.uncompressed', { bytes: formatBytes(dumpBytes, language) })}`}
        </Fact>
      )}
      {artifact && (
        <Fact name="SHA-256">
          <span className="mono">{artifact.sha256}</span>
        </Fact>
      )}
      <Fact name={t('detail.run')}>
        <RunLink run={run} />
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function RunLink({ run: { workflowId, ui } }: Pick<BackupDetail, 'run'>) {
  const { t } = useLanguage();
  if (ui === null) return <Text className="mono">{workflowId}</Text>;
  return (
    <Anchor href={ui} target="_blank" rel="noreferrer" inherit>
      <Group gap={4} component="span" display="inline-flex">
        {t('detail.temporal')} <Icon name="external" size={14} />
      </Group>
    </Anchor>
  );
}

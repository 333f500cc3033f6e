import { Button } from '@mantine/core';
import { Link } from 'react-router';
import { addressOf, post, type BackupDetail, type Started } from '../api-client.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useAction } from '../queries.ts';
import { useMay } from '../session.tsx';
import { HoldButton } from './hold-button.tsx';
import { Icon } from './icon.tsx';
import { Problem } from './problem.tsx';

/** What can be done with a backup that has an artifact. */
export function BackupActions({ backup }: { readonly backup: BackupDetail }) {
  if (!backup.artifact) return null;
  return (
    <>
      <Verify id={backup.id} />
      <HoldButton backup={backup} />
      <Downloads id={backup.id} />
      <Restore id={backup.id} />
    </>
  );
}

function Verify({ id }: { readonly id: string }) {
  const { t } = useLanguage();
  const verify = useAction(() => post<Started>(`/backups/${id}/verify`));
  if (!useMay('backup')) return null;
  return (
    <>
      <Button
        {...{ variant: 'default', loading: verify.isPending }}
        leftSection={<Icon name="tests" size={16} />}
        onClick={() => verify.mutate(undefined)}
      >
        {t('detail.verify')}
      </Button>
      {verify.error && <Problem error={verify.error} />}
    </>
  );
}

function Restore({ id }: { readonly id: string }) {
  const { t } = useLanguage();
  if (!useMay('restore')) return null;
  return (
    <Button
      component={Link}
      to={`/restore?backup=${id}`}
      leftSection={<Icon name="restore" size={16} />}
    >
      {t('detail.restore')}
    </Button>
  );
}

function Downloads({ id }: { readonly id: string }) {
  const { t } = useLanguage();
  if (!useMay('download')) return null;
  return (
    <>
      <DownloadLink href={addressOf(`/backups/${id}/download`)}>
        {t('detail.download')}
      </DownloadLink>
      <DownloadLink href={addressOf(`/backups/${id}/script`)}>{t('detail.script')}</DownloadLink>
    </>
  );
}

function DownloadLink({ href, children }: { readonly href: string; readonly children: string }) {
  return (
    <Button
      {...{ component: 'a', variant: 'default', href }}
      leftSection={<Icon name="download" size={16} />}
    >
      {children}
    </Button>
  );
}

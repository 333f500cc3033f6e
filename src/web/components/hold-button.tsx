import { useState } from 'react';
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { post, remove, type BackupDetail } from '../api-client.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useAction } from '../queries.ts';
import { useMay } from '../session.tsx';
import { Icon } from './icon.tsx';
import { Problem } from './problem.tsx';

type Held = Pick<BackupDetail, 'id' | 'hold'>;

/** Keeps a backup from clean-up, or ends that. */
export function HoldButton({ backup }: { readonly backup: Held }) {
  const may = { hold: useMay('backup'), release: useMay('cleanup') };
  if (backup.hold) return may.release ? <Release id={backup.id} /> : null;
  return may.hold ? <Hold id={backup.id} /> : null;
}

function Release({ id }: { readonly id: string }) {
  const { t } = useLanguage();
  const release = useAction(() => remove(`/backups/${id}/hold`));
  return (
    <>
      <Button
        {...{ variant: 'default', loading: release.isPending }}
        leftSection={<Icon name="hold" size={16} />}
        onClick={() => release.mutate(undefined)}
      >
        {t('hold.release')}
      </Button>
      {release.error && <Problem error={release.error} />}
    </>
  );
}

function Hold({ id }: { readonly id: string }) {
  const { t } = useLanguage();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        variant="default"
        leftSection={<Icon name="hold" size={16} />}
        onClick={() => setOpen(true)}
      >
        {t('hold.hold')}
      </Button>
      <Modal
        {...{ opened: isOpen, onClose: () => setOpen(false), title: t('hold.title') }}
        closeButtonProps={{ 'aria-label': t('close') }}
      >
        <HoldForm id={id} onDone={() => setOpen(false)} />
      </Modal>
    </>
  );
}

function HoldForm({ id, onDone }: { readonly id: string; readonly onDone: () => void }) {
  const { t } = useLanguage();
  const [reason, setReason] = useState('');
  const hold = useAction(() => {
    const why = reason.trim();
    return post(`/backups/${id}/hold`, why === '' ? {} : { reason: why });
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        hold.mutate(undefined, { onSuccess: onDone });
      }}
    >
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t('hold.about')}
        </Text>
        <TextInput
          {...{ label: t('hold.reason'), value: reason, maxLength: 300 }}
          data-autofocus
          onChange={({ currentTarget }) => setReason(currentTarget.value)}
        />
        {hold.error && <Problem error={hold.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={hold.isPending}>
            {t('hold.do')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

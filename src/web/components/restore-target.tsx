import { useState } from 'react';
import {
  Button,
  Checkbox,
  Group,
  NativeSelect,
  PasswordInput,
  Radio,
  Stack,
  TextInput,
} from '@mantine/core';
import type { RestoreRequest } from '../api-client.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useDatabases } from '../queries.ts';
import { Section } from './page.tsx';

interface RestoreTargetProps {
  /** An id, or `latest`. */
  readonly backup: string;
  readonly isBusy: boolean;
  readonly onAsk: (request: RestoreRequest) => void;
}

type Way = 'create' | 'clean' | 'fill';
const ways: readonly Way[] = ['create', 'fill', 'clean'];

interface Wish {
  readonly backup: string;
  readonly database: string;
  readonly target: string;
  readonly password: string;
  readonly way: Way;
  readonly noOwner: boolean;
  readonly noPrivileges: boolean;
  readonly roles: boolean;
}

/** Asks what is restored, and where to. */
export function RestoreTarget({ backup, isBusy, onAsk }: RestoreTargetProps) {
  const { t } = useLanguage();
  const [wish, setWish] = useState<Wish>({
    ...{ backup, database: '', target: '', password: '', way: 'create' },
    ...{ noOwner: false, noPrivileges: false, roles: false },
  });
  const change = (part: Partial<Wish>) => setWish({ ...wish, ...part });
  return (
    <Section title={t('restore.step.target')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onAsk(requestOf(wish));
        }}
      >
        <Stack>
          <Source wish={wish} change={change} />
          <Place wish={wish} change={change} />
          <Options wish={wish} change={change} />
          <Group>
            <Button type="submit" loading={isBusy}>
              {t('restore.look')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

interface PartProps {
  readonly wish: Wish;
  readonly change: (part: Partial<Wish>) => void;
}

function Source({ wish, change }: PartProps) {
  const { t } = useLanguage();
  const databases = useDatabases();
  const names = (databases.data ?? []).map(({ name }) => name);
  return (
    <Group align="flex-end" grow preventGrowOverflow={false}>
      <TextInput
        {...{ label: t('backup.backup'), description: t('restore.backupHelp'), required: true }}
        value={wish.backup}
        onChange={({ currentTarget }) => change({ backup: currentTarget.value.trim() })}
      />
      {wish.backup === 'latest' && names.length > 1 && (
        <NativeSelect
          label={t('backup.database')}
          value={wish.database}
          onChange={({ currentTarget }) => change({ database: currentTarget.value })}
          data={[{ value: '', label: '–' }, ...names]}
        />
      )}
    </Group>
  );
}

function Place({ wish, change }: PartProps) {
  const { t } = useLanguage();
  return (
    <>
      <TextInput
        {...{ label: t('restore.target'), description: t('restore.targetHelp'), required: true }}
        placeholder="postgres://user@host:5432/new_name"
        value={wish.target}
        onChange={({ currentTarget }) => change({ target: currentTarget.value.trim() })}
      />
      <PasswordInput
        {...{ label: t('restore.password'), description: t('restore.passwordHelp') }}
        autoComplete="off"
        visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
        value={wish.password}
        onChange={({ currentTarget }) => change({ password: currentTarget.value })}
      />
      <Radio.Group
        label={t('restore.way')}
        value={wish.way}
        onChange={(way) => change({ way: way })}
      >
        <Stack gap="xs" mt={4}>
          {ways.map((way) => (
            <Radio
              key={way}
              value={way}
              label={t(`restore.way.${way}`)}
              description={t(`restore.way.${way}.about`)}
            />
          ))}
        </Stack>
      </Radio.Group>
    </>
  );
}

function Options({ wish, change }: PartProps) {
  const { t } = useLanguage();
  const option = (name: 'noOwner' | 'noPrivileges' | 'roles') => (
    <Checkbox
      label={t(`restore.${name}`)}
      checked={wish[name]}
      onChange={({ currentTarget }) => change({ [name]: currentTarget.checked })}
    />
  );
  return (
    <Stack gap="xs">
      {option('roles')}
      {option('noOwner')}
      {option('noPrivileges')}
    </Stack>
  );
}

function requestOf({ backup, database, target, password, way, ...flags }: Wish): RestoreRequest {
  const chosen = Object.entries(flags).filter(([, isOn]) => isOn);
  return {
    ...{ backup, target },
    ...(database === '' || backup !== 'latest' ? {} : { database }),
    ...(password === '' ? {} : { password }),
    ...(way === 'fill' ? {} : { [way]: true }),
    ...Object.fromEntries(chosen),
  };
}

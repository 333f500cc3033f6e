import { useState } from 'react';
import { Button, Group, NativeSelect, Stack, Table, Text, TextInput } from '@mantine/core';
import { roles, type Role } from '../../domain/access.ts';
import { post, remove, type User } from '../api-client.ts';
import { Cell } from '../components/cell.tsx';
import { Loadable } from '../components/loadable.tsx';
import { Moment } from '../components/moment.tsx';
import { Page, Section } from '../components/page.tsx';
import { Problem } from '../components/problem.tsx';
import { SureButton } from '../components/sure-button.tsx';
import { ToldOnce } from '../components/told-once.tsx';
import { Tokens } from '../components/tokens.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useAction, useUsers } from '../queries.ts';
import { useSession } from '../session.tsx';

interface Told {
  readonly name: string;
  readonly password: string;
}

/** Who may log in, and which programs may ask. */
export function UsersPage() {
  const { t } = useLanguage();
  const users = useUsers();
  const [told, setTold] = useState<Told | null>(null);
  return (
    <Page title={t('users.title')} lead={t('users.lead')}>
      {told && <ToldOnce lead={t('users.password', { name: told.name })} secret={told.password} />}
      <Section title={t('users.users')}>
        <Stack>
          <Loadable query={users}>
            {(all) => <UserTable users={all} onPassword={setTold} />}
          </Loadable>
          <AddUser onPassword={setTold} />
        </Stack>
      </Section>
      <Tokens />
    </Page>
  );
}

type OnPassword = (told: Told) => void;

function UserTable({
  users,
  onPassword,
}: {
  readonly users: readonly User[];
  readonly onPassword: OnPassword;
}) {
  const { t } = useLanguage();
  return (
    <Table className="stack-table" verticalSpacing="xs">
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t('users.name')}</Table.Th>
          <Table.Th scope="col">{t('users.role')}</Table.Th>
          <Table.Th scope="col">{t('users.lastLogin')}</Table.Th>
          <Table.Th scope="col">{t('users.actions')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {users.map((user) => (
          <UserRow key={user.name} user={user} onPassword={onPassword} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function UserRow({ user, onPassword }: { readonly user: User; readonly onPassword: OnPassword }) {
  const { t } = useLanguage();
  const { name, role, lastLoginAt, mustChangePassword } = user;
  const isMe = useSession().user === name;
  return (
    <Table.Tr>
      <Cell label={t('users.name')}>
        <Text span inherit fw={600}>
          {name}
        </Text>
        {isMe && ` (${t('users.you')})`}
        {mustChangePassword && (
          <Text span display="block" size="sm" c="dimmed">
            {t('users.first')}
          </Text>
        )}
      </Cell>
      <Cell label={t('users.role')}>{t(`role.${role}`)}</Cell>
      <Cell label={t('users.lastLogin')}>
        {lastLoginAt === null ? t('users.never') : <Moment at={lastLoginAt} />}
      </Cell>
      <Cell label={t('users.actions')}>{!isMe && <UserActions {...{ name, onPassword }} />}</Cell>
    </Table.Tr>
  );
}

function UserActions({
  name,
  onPassword,
}: {
  readonly name: string;
  readonly onPassword: OnPassword;
}) {
  const { t } = useLanguage();
  const place = `/users/${encodeURIComponent(name)}`;
  const reset = useAction(() => post<{ password: string }>(`${place}/reset`));
  const removal = useAction(() => remove(place));
  const error = reset.error ?? removal.error;
  return (
    <Group gap="xs">
      <Button
        {...{ size: 'xs', variant: 'default', loading: reset.isPending }}
        aria-label={`${t('users.reset')}: ${name}`}
        onClick={() =>
          reset.mutate(undefined, { onSuccess: (made) => onPassword({ name, ...made }) })
        }
      >
        {t('users.reset')}
      </Button>
      <SureButton
        {...{ what: name, isBusy: removal.isPending }}
        word={t('users.remove')}
        sure={t('users.sure')}
        onSure={() => removal.mutate(undefined)}
      />
      {error && <Problem error={error} />}
    </Group>
  );
}

function AddUser({ onPassword }: { readonly onPassword: OnPassword }) {
  const { t } = useLanguage();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const add = useAction(() => post<{ password: string }>('/users', { name, role }));
  const onSuccess = (made: { password: string }) => {
    onPassword({ name, ...made });
    setName('');
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate(undefined, { onSuccess });
      }}
    >
      <Stack gap="sm">
        <Group align="flex-end" gap="sm">
          <TextInput
            {...{ label: t('users.name'), value: name, required: true, maxLength: 64 }}
            {...{ description: t('users.nameHelp'), autoComplete: 'off' }}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
          <NativeSelect
            {...{ label: t('users.role'), value: role }}
            description={t(`role.${role}.about`)}
            onChange={({ currentTarget }) => setRole(currentTarget.value as Role)}
            data={roles.map((each) => ({ value: each, label: t(`role.${each}`) }))}
          />
          <Button type="submit" loading={add.isPending}>
            {t('users.add')}
          </Button>
        </Group>
        {add.error && <Problem error={add.error} />}
      </Stack>
    </form>
  );
}

import { useState } from 'react';
import { Button, Checkbox, Group, NumberInput, Stack, Table, TextInput } from '@mantine/core';
import { permissions, type Permission } from '../../domain/access.ts';
import { post, remove, type Token } from '../api-client.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useAction, useTokens } from '../queries.ts';
import { Cell } from './cell.tsx';
import { Empty } from './empty.tsx';
import { Loadable } from './loadable.tsx';
import { Moment } from './moment.tsx';
import { Section } from './page.tsx';
import { Problem } from './problem.tsx';
import { SureButton } from './sure-button.tsx';
import { ToldOnce } from './told-once.tsx';

/** With what programs ask in a user's name. */
export function Tokens() {
  const { t } = useLanguage();
  return (
    <Section title={t('tokens.title')}>
      <Stack>
        <Loadable query={useTokens()}>{(all) => <TokenTable tokens={all} />}</Loadable>
        <MakeToken />
      </Stack>
    </Section>
  );
}

function TokenTable({ tokens }: { readonly tokens: readonly Token[] }) {
  const { t } = useLanguage();
  if (tokens.length === 0) {
    return (
      <Empty icon="users" title={t('tokens.none')}>
        {t('tokens.noneHint')}
      </Empty>
    );
  }
  return (
    <Table className="stack-table" verticalSpacing="xs">
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t('tokens.name')}</Table.Th>
          <Table.Th scope="col">{t('tokens.of')}</Table.Th>
          <Table.Th scope="col">{t('tokens.may')}</Table.Th>
          <Table.Th scope="col">{t('tokens.expires')}</Table.Th>
          <Table.Th scope="col">{t('tokens.used')}</Table.Th>
          <Table.Th scope="col">{t('users.actions')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {tokens.map((token) => (
          <TokenRow key={token.id} token={token} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function TokenRow({ token }: { readonly token: Token }) {
  const { t } = useLanguage();
  const { id, name, user, scopes, expiresAt, lastUsedAt } = token;
  const revoke = useAction(() => remove(`/tokens/${id}`));
  return (
    <Table.Tr>
      <Cell label={t('tokens.name')}>{name}</Cell>
      <Cell label={t('tokens.of')}>{user}</Cell>
      <Cell label={t('tokens.may')}>
        {scopes.map((scope) => t(`permission.${scope}`)).join(' · ')}
      </Cell>
      <Cell label={t('tokens.expires')}>
        <Moment at={expiresAt} />
      </Cell>
      <Cell label={t('tokens.used')}>
        {lastUsedAt === null ? t('users.never') : <Moment at={lastUsedAt} />}
      </Cell>
      <Cell label={t('users.actions')}>
        <SureButton
          {...{ what: name, word: t('tokens.revoke'), sure: t('users.sure') }}
          isBusy={revoke.isPending}
          onSure={() => revoke.mutate(undefined)}
        />
        {revoke.error && <Problem error={revoke.error} />}
      </Cell>
    </Table.Tr>
  );
}

function MakeToken() {
  const { t } = useLanguage();
  const [name, setName] = useState('');
  const [days, setDays] = useState(90);
  const [scopes, setScopes] = useState<readonly Permission[]>(['read']);
  const make = useAction(() => post<{ secret: string }>('/tokens', { name, days, scopes }));
  return (
    <form
      aria-label={t('tokens.make')}
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate(undefined, { onSuccess: () => setName('') });
      }}
    >
      <Stack gap="sm">
        {make.data && <ToldOnce lead={t('tokens.secret')} secret={make.data.secret} />}
        <Group align="flex-end" gap="sm">
          <TextInput
            {...{ label: t('tokens.name'), value: name, required: true, maxLength: 100 }}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
          <NumberInput
            {...{ label: t('tokens.days'), value: days, min: 1, max: 730, required: true }}
            {...{ allowDecimal: false, hideControls: true }}
            onChange={(value) => setDays(Number(value))}
          />
        </Group>
        <Scopes scopes={scopes} onChange={setScopes} />
        <Group>
          <Button type="submit" loading={make.isPending} disabled={scopes.length === 0}>
            {t('tokens.do')}
          </Button>
        </Group>
        {make.error && <Problem error={make.error} />}
      </Stack>
    </form>
  );
}

interface ScopesProps {
  readonly scopes: readonly Permission[];
  readonly onChange: (scopes: readonly Permission[]) => void;
}

function Scopes({ scopes, onChange }: ScopesProps) {
  const { t } = useLanguage();
  return (
    <Checkbox.Group
      label={t('tokens.may')}
      value={[...scopes]}
      onChange={(chosen) => onChange(permissions.filter((each) => chosen.includes(each)))}
    >
      <Group gap="md" mt={4}>
        {permissions.map((each) => (
          <Checkbox key={each} value={each} label={t(`permission.${each}`)} />
        ))}
      </Group>
    </Checkbox.Group>
  );
}

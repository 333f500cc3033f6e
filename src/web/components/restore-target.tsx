import { Button, Checkbox, Group, PasswordInput, Radio, Stack, TextInput } from '@mantine/core';
import { useLanguage } from '../i18n/language.tsx';
import { waysOf, wrongPattern, type Way } from '../restore-wish.ts';
import { Section } from './page.tsx';
import { RestoreSource, type PartProps } from './restore-source.tsx';

interface RestoreTargetProps extends PartProps {
  readonly isBusy: boolean;
  readonly onAsk: () => void;
}

/** Asks what is restored, and where to. */
export function RestoreTarget({ wish, change, isBusy, onAsk }: RestoreTargetProps) {
  const { t } = useLanguage();
  const isWrong = wish.part === 'tables' && wrongPattern(wish.tables) !== undefined;
  return (
    <Section title={t('restore.step.target')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onAsk();
        }}
      >
        <Stack>
          <RestoreSource wish={wish} change={change} />
          <Place wish={wish} change={change} />
          <Options wish={wish} change={change} />
          <Group>
            <Button type="submit" loading={isBusy} disabled={isWrong}>
              {t('restore.look')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
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
      <Ways wish={wish} change={change} />
    </>
  );
}

function Ways({ wish: { part, way }, change }: PartProps) {
  const { t } = useLanguage();
  const isOfTables = part === 'tables';
  return (
    <Radio.Group
      label={t(isOfTables ? 'restore.tableWay' : 'restore.way')}
      value={way}
      onChange={(chosen) => change({ way: chosen })}
    >
      <Stack gap="xs" mt={4}>
        {waysOf(part).map((each) => {
          const text: WayText =
            isOfTables && each !== 'create' ? `restore.tableWay.${each}` : `restore.way.${each}`;
          return <Radio key={each} value={each} label={t(text)} description={t(`${text}.about`)} />;
        })}
      </Stack>
    </Radio.Group>
  );
}

type WayText = `restore.way.${Way}` | `restore.tableWay.${Exclude<Way, 'create'>}`;

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
      <TextInput
        {...{ type: 'number', min: 1, max: 64, step: 1, maw: 420 }}
        {...{ label: t('restore.jobs'), description: t('restore.jobsHelp') }}
        value={wish.jobs}
        onChange={({ currentTarget }) => change({ jobs: currentTarget.value })}
      />
    </Stack>
  );
}

import { Box, Button, Group, Stack, Table, Text } from '@mantine/core';
import type { Check, Setting } from '../api-client.ts';
import { Badge } from '../components/badge.tsx';
import { Cell } from '../components/cell.tsx';
import { Loadable } from '../components/loadable.tsx';
import { Loading } from '../components/loading.tsx';
import { Page, Section } from '../components/page.tsx';
import { Problem } from '../components/problem.tsx';
import { messageOf, useLanguage } from '../i18n/language.tsx';
import { ourWords } from '../our-words.ts';
import { useDoctor, useSettings } from '../queries.ts';
import { settingHelpFor } from '../setting-help.ts';

/** The settings as they are, to be read; and whether all is well. */
export function SettingsPage() {
  const { t, language } = useLanguage();
  const settings = useSettings();
  return (
    <Page title={t('settings.title')} lead={t('settings.lead')}>
      <Doctor />
      <Loadable query={settings} rows={10}>
        {(all) => (
          <>
            {all.warnings.map((warning, index) => (
              <div className="notice" data-tone="warn" key={warning}>
                {ourWords(all.warningWords[index] ?? null, warning, language)}
              </div>
            ))}
            <Section title={t('settings.all')}>
              <SettingTable settings={all.settings} />
            </Section>
          </>
        )}
      </Loadable>
    </Page>
  );
}

function Doctor() {
  const { t } = useLanguage();
  const { data, error, isFetching, refetch } = useDoctor();
  return (
    <Section
      title={t('doctor.title')}
      aside={
        <Button
          {...{ size: 'xs', variant: 'default', loading: isFetching }}
          onClick={() => void refetch()}
        >
          {t('doctor.do')}
        </Button>
      }
    >
      {error && <Problem error={error} />}
      {isFetching && !data && <Loading rows={3} />}
      {!isFetching && !data && !error && <Text c="dimmed">{t('doctor.lead')}</Text>}
      {data && (
        <Stack gap="xs">
          {data.map((check) => (
            <DoctorLine key={check.name + check.message} check={check} />
          ))}
        </Stack>
      )}
    </Section>
  );
}

const tones = { ok: 'good', warning: 'warn', failed: 'bad' } as const;

function DoctorLine({ check }: { readonly check: Check }) {
  const { t, language } = useLanguage();
  const { name, state, message, hint, words } = check;
  // What a server or a program said is English: its error is told in the reader's language, too.
  const error = language === 'en' ? undefined : messageOf(language, `error.${check.code}`);
  return (
    <Group gap="sm" align="flex-start" wrap="nowrap">
      <Box miw="5.75rem">
        <Badge tone={tones[state]}>{t(`doctor.${state}`)}</Badge>
      </Box>
      <div>
        <Text size="sm">
          <b>{ourWords(words.name, name, language)}</b>: {error !== undefined && `${error}: `}
          {ourWords(words.message, message, language)}
        </Text>
        {hint !== null && (
          <Text size="sm" c="dimmed">
            {t('hint')}: {ourWords(words.hint, hint, language)}
          </Text>
        )}
      </div>
    </Group>
  );
}

function SettingTable({ settings }: { readonly settings: readonly Setting[] }) {
  const { t, language } = useLanguage();
  return (
    <Table className="stack-table" verticalSpacing={6}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t('settings.name')}</Table.Th>
          <Table.Th scope="col">{t('settings.value')}</Table.Th>
          <Table.Th scope="col">{t('settings.source')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {settings.map(({ name, value, source, environmentVariable, help }) => (
          <Table.Tr key={name}>
            <Cell label={t('settings.name')}>
              <span className="mono">{name}</span>
              <Text span display="block" size="sm" c="dimmed">
                {settingHelpFor(name, help, language)}
              </Text>
            </Cell>
            <Cell label={t('settings.value')}>
              <span className="mono">{value}</span>
            </Cell>
            <Cell label={t('settings.source')}>
              {messageOf(language, `settings.source.${source}`) ?? source}
              {environmentVariable !== '' && (
                <Text span display="block" c="dimmed" className="mono">
                  {environmentVariable}
                </Text>
              )}
            </Cell>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

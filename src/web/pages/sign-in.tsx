import { useEffect, type ReactNode, type SubmitEvent } from 'react';
import { Button, Center, Group, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { post } from '../api-client.ts';
import { OidcLogin } from '../components/oidc-login.tsx';
import { Preferences } from '../components/preferences.tsx';
import { Problem } from '../components/problem.tsx';
import { Brand } from '../components/shell.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useAction } from '../queries.ts';

/** Asks who it is. */
export function SignInPage() {
  const { t } = useLanguage();
  const logIn = useAction((body: { user: string; password: string }) => post('/session', body));
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    logIn.mutate(fieldsOf(event.currentTarget) as { user: string; password: string });
  };
  return (
    <OutsidePage title={t('signIn.title')} lead={t('signIn.lead')}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            {...{ name: 'user', label: t('signIn.user'), autoComplete: 'username' }}
            required
            data-autofocus
          />
          <PasswordInput
            {...{ name: 'password', label: t('signIn.password'), required: true }}
            autoComplete="current-password"
            visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
          />
          {logIn.error && <Problem error={logIn.error} />}
          <Button type="submit" loading={logIn.isPending} fullWidth>
            {t('signIn.do')}
          </Button>
          <OidcLogin />
          <Text size="sm" c="dimmed">
            {t('signIn.help')}
          </Text>
        </Stack>
      </form>
    </OutsidePage>
  );
}

/** The fields of a form as they were filled in. */
export function fieldsOf(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries(new FormData(form)) as Record<string, string>;
}

interface OutsidePageProps {
  readonly title: string;
  readonly lead: string;
  readonly children: ReactNode;
}

/** A page for somebody who is not in yet. */
export function OutsidePage({ title, lead, children }: OutsidePageProps) {
  useEffect(() => {
    document.title = `${title} · PMA Backup`;
  }, [title]);
  return (
    <Center mih="100vh" p="md" component="main">
      <Stack w="100%" maw={400}>
        <Group justify="space-between">
          <Brand />
          <Group gap={4}>
            <Preferences />
          </Group>
        </Group>
        <div className="card">
          <Stack gap="xs" mb="md">
            <Title order={1} size="h3">
              {title}
            </Title>
            <Text c="dimmed" size="sm">
              {lead}
            </Text>
          </Stack>
          {children}
        </div>
      </Stack>
    </Center>
  );
}

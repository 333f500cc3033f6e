import { useState, type SubmitEvent } from 'react';
import { Button, PasswordInput, Stack } from '@mantine/core';
import { post } from '../api-client.ts';
import { Problem } from '../components/problem.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useAction } from '../queries.ts';
import { fieldsOf, OutsidePage } from './sign-in.tsx';

interface Chosen {
  readonly password: string;
  readonly newPassword: string;
}

/** A password that we made is good for one thing: to choose another. */
export function ChoosePasswordPage({ user }: { readonly user: string }) {
  const { t } = useLanguage();
  const [isOther, setOther] = useState(false);
  const change = useAction(async (body: Chosen) => {
    await post('/session/password', body);
    // All sessions ended: he comes in anew with what he chose.
    await post('/session', { user, password: body.newPassword });
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { password = '', newPassword = '', again } = fieldsOf(event.currentTarget);
    setOther(newPassword !== again);
    if (newPassword === again) change.mutate({ password, newPassword });
  };
  const field = (name: string, label: string, autoComplete: string) => (
    <PasswordInput
      {...{ name, label, autoComplete, required: true }}
      {...(name === 'again' && isOther ? { error: t('password.other') } : {})}
      visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
    />
  );
  return (
    <OutsidePage title={t('password.title')} lead={t('password.lead')}>
      <form onSubmit={submit}>
        <Stack>
          {field('password', t('password.now'), 'current-password')}
          {field('newPassword', t('password.new'), 'new-password')}
          {field('again', t('password.again'), 'new-password')}
          {change.error && <Problem error={change.error} />}
          <Button type="submit" loading={change.isPending}>
            {t('password.do')}
          </Button>
        </Stack>
      </form>
    </OutsidePage>
  );
}

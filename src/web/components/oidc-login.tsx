import { Button, Divider } from '@mantine/core';
import { addressOf } from '../api-client.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useLoginWays } from '../queries.ts';

/** The way in by OpenID Connect, where the settings name a server. */
export function OidcLogin() {
  const { t } = useLanguage();
  if (useLoginWays().data?.oidc !== true) return null;
  return (
    <>
      <Divider label={t('signIn.or')} />
      <Button
        {...{ component: 'a', variant: 'default', href: addressOf('/session/oidc') }}
        fullWidth
      >
        {t('signIn.oidc')}
      </Button>
    </>
  );
}

import { filePath, secret, text, wholeNumber } from './setting.ts';

const optional = (environment: string, help: string) =>
  text({ environment, fallback: null, fallbackText: 'none', help });
const path = (environment: string, help: string) =>
  filePath({ environment, fallback: null, fallbackText: 'none', help });
const members = (role: string) => `Values of that claim that make one ${role}, with commas between`;

/** Where console and API are served, and who may log in. */
export const consoleSettings = {
  address: text({
    environment: 'PMA_CONSOLE_ADDRESS',
    fallback: '127.0.0.1',
    help: 'Address that console and API listen on; `0.0.0.0` is every one',
  }),
  publicUrl: text(
    {
      environment: 'PMA_CONSOLE_PUBLIC_URL',
      fallback: null,
      fallbackText: 'as the browser asked for it',
      help: 'Where browsers find the console, as in `https://backup.example.com`; for the way back from OpenID Connect',
    },
    'a URL without a path',
    isOrigin,
  ),
  tlsCertPath: path('PMA_CONSOLE_TLS_CERT_PATH', 'Certificate of the console (PEM)'),
  tlsKeyPath: path('PMA_CONSOLE_TLS_KEY_PATH', 'Key of that certificate'),
  trustedProxies: optional(
    'PMA_CONSOLE_TRUSTED_PROXIES',
    'Addresses or networks of reverse proxies whose `X-Forwarded-*` headers are believed, with commas between',
  ),
  sessionHours: wholeNumber(1, 720, {
    environment: 'PMA_CONSOLE_SESSION_HOURS',
    fallback: 12,
    help: 'Hours after which one has to log in again',
  }),
  oidc: {
    issuer: text(
      {
        environment: 'PMA_OIDC_ISSUER',
        fallback: null,
        fallbackText: 'passwords alone',
        help: 'OpenID Connect server at which one may log in, too',
      },
      'a URL',
      (value) => URL.canParse(value),
    ),
    clientId: optional('PMA_OIDC_CLIENT_ID', 'What we are called there'),
    clientSecret: secret({
      environment: 'PMA_OIDC_CLIENT_SECRET',
      fallbackText: 'none',
      help: 'Our secret there',
    }),
    scopes: text({
      environment: 'PMA_OIDC_SCOPES',
      fallback: 'openid profile email',
      help: 'What is asked for about a user',
    }),
    nameClaim: text({
      environment: 'PMA_OIDC_NAME_CLAIM',
      fallback: 'preferred_username',
      help: `Claim that has the user's name`,
    }),
    roleClaim: text({
      environment: 'PMA_OIDC_ROLE_CLAIM',
      fallback: 'groups',
      help: 'Claim that decides about the role: a text or a list',
    }),
    admins: optional('PMA_OIDC_ADMINS', members('an administrator')),
    operators: optional('PMA_OIDC_OPERATORS', members('an operator')),
    viewers: optional('PMA_OIDC_VIEWERS', members('a viewer')),
  },
};

function isOrigin(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { origin, href } = new URL(value);
  return href === `${origin}/`;
}

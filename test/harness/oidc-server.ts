import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider, type Configuration } from 'oidc-provider';

export interface Person {
  readonly preferred_username?: string;
  readonly groups?: readonly string[];
}

/** A real OpenID Connect server whose login page lets `who` in without asking. */
export interface OidcServer {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** By subject; may be changed between logins. */
  readonly people: Record<string, Person>;
  /** Who sits at the browser. */
  who: string;
  /** From now on this client may send people back to that address. */
  serve(redirectUri: string): void;
  close(): Promise<void>;
}

const [clientId, clientSecret] = ['pma-backup', 'a secret of the client alone'];

export async function startOidcServer(): Promise<OidcServer> {
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
  const http = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const server: OidcServer = {
    ...{ issuer, clientId, clientSecret, people: {}, who: '' },
    serve(redirectUri) {
      const provider = new Provider(issuer, configuration(server, redirectUri));
      const answer = provider.callback();
      handle = (request, response) => {
        if (!request.url!.startsWith('/interaction/')) return void answer(request, response);
        const login = { accountId: server.who };
        void provider.interactionFinished(request, response, { login });
      };
    },
    close: () =>
      new Promise((resolve) => {
        http.closeAllConnections();
        http.close(() => resolve());
      }),
  };
  return server;
}

function configuration(server: OidcServer, redirectUri: string): Configuration {
  return {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
    ttl: { Interaction: 60, Grant: 60, Session: 60, AccessToken: 60, IdToken: 60 },
    pkce: { required: () => true },
    scopes: ['openid', 'profile', 'email'],
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    cookies: { keys: ['of the test'] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, ...(server.people[id] as Record<string, string>) }),
    }),
    async loadExistingGrant({ oidc: { provider, client, session } }) {
      const grant = new provider.Grant({
        clientId: client!.clientId,
        accountId: session!.accountId!,
      });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
  };
}

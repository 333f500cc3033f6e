import * as oidc from 'openid-client';
import type { Settings } from '../../config.ts';
import {
  nameOfClaims,
  readMembers,
  roleOfClaims,
  type Claims,
} from '../../domain/role-of-claims.ts';
import { BackupError } from '../../errors.ts';
import type { World } from '../world.ts';

type OidcSettings = Settings['console']['oidc'];

/** What a browser keeps while its user is away to log in. */
export interface LoginAttempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Whoever came back from the OpenID Connect server. */
export interface Claimant {
  /** Never another's: of the issuer and what it calls him. */
  readonly subject: string;
  readonly claims: Claims;
}

/** Logging in at an OpenID Connect server. */
export interface OidcLogin {
  /** Where the browser is sent. Throws `not_found` where there is no such server in the settings. */
  begin(callback: string): Promise<{ readonly url: string; readonly attempt: LoginAttempt }>;
  /** Who came back to this URL. Throws `login_failed`. */
  finish(url: string, attempt: LoginAttempt): Promise<Claimant>;
}

interface Known {
  readonly says: string;
  readonly at: number;
  readonly server: oidc.Configuration;
}

const rediscoverMilliseconds = 3_600_000;

/** Asks the server about itself when it is first needed, and anew after an hour or a change of the settings. */
export function createOidcLogin(settings: () => Settings): OidcLogin {
  let known: Known | undefined;
  const current = async () => {
    const found = requireOidc(settings().console.oidc);
    const says = JSON.stringify([found, found.clientSecret?.reveal()]);
    if (known?.says === says && Date.now() - known.at < rediscoverMilliseconds) return known.server;
    const server = await discover(found);
    known = { says, at: Date.now(), server };
    return server;
  };
  return {
    async begin(callback) {
      const verifier = oidc.randomPKCECodeVerifier();
      const attempt = { verifier, state: oidc.randomState(), nonce: oidc.randomNonce() };
      const url = oidc.buildAuthorizationUrl(await current(), {
        redirect_uri: callback,
        scope: settings().console.oidc.scopes,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...{ state: attempt.state, nonce: attempt.nonce },
      });
      return { url: url.href, attempt };
    },
    finish: async (url, attempt) => claimantOf(await current(), new URL(url), attempt),
  };
}

/** The user that a claimant is, with the role that his claims give him today. Throws `forbidden`, `conflict`. */
export async function admit(
  { catalog }: Pick<World, 'catalog'>,
  settings: OidcSettings,
  { subject, claims }: Claimant,
): Promise<string> {
  const members = {
    admin: readMembers(settings.admins),
    operator: readMembers(settings.operators),
    viewer: readMembers(settings.viewers),
  };
  const role = roleOfClaims(claims[settings.roleClaim], members);
  const name = nameOfClaims(claims, settings.nameClaim);
  if (role === undefined) {
    throw new BackupError('forbidden', `the claim '${settings.roleClaim}' gives no role here`, {
      hint: `an administrator sets 'console.oidc.admins', 'operators' and 'viewers'`,
    });
  }
  if (name === undefined) {
    throw new BackupError('forbidden', `the claim '${settings.nameClaim}' is no user name`, {
      hint: `set 'console.oidc.nameClaim' to a claim that has one`,
    });
  }
  const admitted = await catalog.admitUser({ subject, name, role });
  if (admitted !== undefined) return admitted;
  throw new BackupError('conflict', `there is another user '${name}' already`, {
    hint: `'pma-backup users remove ${name}' makes room, if he is the same`,
  });
}

interface Configured extends OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
}

/** Throws `not_found` without a server, `invalid_settings` where half of it is missing. */
export function requireOidc(settings: OidcSettings): Configured {
  const { issuer, clientId } = settings;
  if (issuer === null) {
    throw new BackupError('not_found', 'there is no login by OpenID Connect', {
      hint: `set 'console.oidc.issuer'`,
    });
  }
  if (clientId !== null) return { ...settings, issuer, clientId };
  throw new BackupError('invalid_settings', `'console.oidc.clientId' is missing`, {
    hint: `'console.oidc.issuer' needs it`,
  });
}

async function discover({
  issuer,
  clientId,
  clientSecret,
}: Configured): Promise<oidc.Configuration> {
  const url = new URL(issuer);
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked to stand out: `http://` is asking for it
  const execute = url.protocol === 'http:' ? [oidc.allowInsecureRequests] : [];
  const authentication = clientSecret ? undefined : oidc.None();
  try {
    const secret = clientSecret?.reveal();
    return await oidc.discovery(url, clientId, secret, authentication, { execute, timeout: 10 });
  } catch (error) {
    throw new BackupError(
      'oidc_unreachable',
      `the OpenID Connect server at '${url.host}' does not answer as one`,
      {
        hint: `check 'console.oidc.issuer'`,
        cause: error,
      },
    );
  }
}

async function claimantOf(
  server: oidc.Configuration,
  url: URL,
  { state, nonce, verifier }: LoginAttempt,
): Promise<Claimant> {
  try {
    const tokens = await oidc.authorizationCodeGrant(server, url, {
      ...{ pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce },
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (claims) {
      const more = await userInfo(server, tokens.access_token, claims.sub);
      return { subject: `${claims.iss} ${claims.sub}`, claims: { ...more, ...claims } };
    }
  } catch (error) {
    throw refused(error);
  }
  throw refused(undefined);
}

// Many servers put but the subject into the token, and tell the rest when they are asked.
async function userInfo(server: oidc.Configuration, token: string, subject: string) {
  if (server.serverMetadata().userinfo_endpoint === undefined) return {};
  return oidc.fetchUserInfo(server, token, subject);
}

function refused(cause: unknown): BackupError {
  return new BackupError('login_failed', 'the OpenID Connect server did not confirm the login', {
    hint: 'begin again at /backup',
    cause,
  });
}

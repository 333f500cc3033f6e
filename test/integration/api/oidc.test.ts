import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addUser } from '../../../src/service/access/users.ts';
import { askerOf, createTestApi, session, type Asker, type TestApi } from '../../harness/api.ts';
import { startOidcServer, type OidcServer } from '../../harness/oidc-server.ts';
import { testSettings } from '../../harness/run-command.ts';
import { Secret } from '../../../src/secret.ts';

let api: TestApi;
let server: OidcServer;

beforeAll(async () => {
  server = await startOidcServer();
  const { issuer, clientId, clientSecret } = server;
  api = await createTestApi({
    oidc: {
      ...testSettings().console.oidc,
      ...{ issuer, clientId, clientSecret: new Secret(clientSecret) },
      ...{ admins: 'dba, root', viewers: 'staff' },
    },
  });
  server.serve(`${api.origin}/backup/api/session/oidc/callback`);
  Object.assign(server.people, {
    'sub-1': { preferred_username: 'Ada', groups: ['staff', 'dba'] },
    'sub-2': { preferred_username: 'mallory', groups: ['guests'] },
    'sub-3': { preferred_username: 'owner', groups: ['dba'] },
    'sub-4': { preferred_username: '../etc', groups: ['dba'] },
  });
});

afterAll(async () => {
  await api.close();
  await server.close();
});

/** A browser as far as logging in needs one: redirects, and cookies by host and port. */
function browser() {
  const jars = new Map<string, Map<string, string>>();
  const get = async (url: string): Promise<Response> => {
    const { origin } = new URL(url);
    const jar = jars.get(origin) ?? new Map<string, string>();
    jars.set(origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const set of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      jar.set(name, value);
    }
    return answer;
  };
  /** Follows redirects until the answer is none, or one that goes to where `stop` says. */
  const follow = async (
    url: string,
    stop: (url: string) => boolean = isHome,
  ): Promise<[Response, string]> => {
    const answer = await get(url);
    const to = answer.headers.get('location');
    if (to === null) return [answer, url];
    const next = new URL(to, url).href;
    return stop(next) ? [answer, next] : follow(next, stop);
  };
  return { get, follow, cookie: () => jars.get(api.origin)?.get('pma_session') };
}

const begin = () => `${api.origin}/backup/api/session/oidc`;
const isHome = (url: string) => url === `${api.origin}/backup/`;
const isCallback = (url: string) => url.startsWith(`${begin()}/callback`);

async function logIn(who: string): Promise<Asker['ask']> {
  server.who = who;
  const { follow, cookie } = browser();
  await follow(begin());
  return askerOf(api.origin, { cookie: `pma_session=${cookie() ?? ''}` });
}

async function refusal(who: string): Promise<{ status: number; body: unknown }> {
  server.who = who;
  const [answer] = await browser().follow(begin());
  return { status: answer.status, body: await answer.json() };
}

describe('a login at the OpenID Connect server', () => {
  test('begins a session with the role that the claims give', async () => {
    const ask = await logIn('sub-1');
    const me = await ask('GET', '/session');
    expect(me.status).toBe(200);
    expect(await me.json()).toMatchObject({
      user: 'ada',
      role: 'admin',
      mustChangePassword: false,
    });
    const rows = await (await ask('GET', '/audit?action=login')).json();
    expect(rows).toContainEqual(
      expect.objectContaining({
        user: 'ada',
        via: 'OpenID Connect',
        target: 'ada',
        result: 'done',
      }),
    );
  });

  test('follows what the claims say the next time, and the user stays the same', async () => {
    await logIn('sub-1');
    server.people['sub-1'] = { preferred_username: 'ada-lovelace', groups: ['staff'] };
    const ask = await logIn('sub-1');
    expect(await (await ask('GET', '/session')).json()).toMatchObject({
      ...{ user: 'ada', role: 'viewer' },
    });
    expect((await ask('GET', '/users')).status).toBe(403);
  });

  test('of somebody without a role is refused and told of', async () => {
    expect(await refusal('sub-2')).toMatchObject({
      status: 403,
      body: { error: { code: 'forbidden' } },
    });
    const rows = await api.catalog.auditLog({ action: 'login', limit: 10 });
    expect(rows[0]).toMatchObject({ target: `${server.issuer} sub-2`, result: 'forbidden' });
    expect((await api.catalog.users()).map(({ name }) => name)).not.toContain('mallory');
  });

  test('does not take over a user of the same name', async () => {
    await addUser(api.world, { name: 'owner', role: 'viewer' });
    expect(await refusal('sub-3')).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict' } },
    });
  });

  test('with a name that is none is refused', async () => {
    expect(await refusal('sub-4')).toMatchObject({ status: 403 });
  });

  test('cannot be continued in another browser', async () => {
    server.who = 'sub-1';
    const [, callback] = await browser().follow(begin(), isCallback);
    const answer = await browser().get(callback);
    expect(answer.status).toBe(401);
    expect(answer.headers.getSetCookie().join()).not.toContain('pma_session');
  });

  test('cannot be repeated', async () => {
    server.who = 'sub-1';
    const one = browser();
    const [, callback] = await one.follow(begin(), isCallback);
    expect((await one.get(callback)).status).toBe(302);
    expect((await one.get(callback)).status).toBe(401);
  });

  test('with a code that is not of this server is refused', async () => {
    server.who = 'sub-1';
    const one = browser();
    const [, callback] = await one.follow(begin(), isCallback);
    const forged = new URL(callback);
    forged.searchParams.set('code', 'forged');
    expect((await one.get(forged.href)).status).toBe(401);
  });

  test('keeps the attempt out of reach of scripts and of other sites', async () => {
    const [attempt] = (await browser().get(begin())).headers.getSetCookie();
    expect(attempt).toMatch(
      /^pma_oidc=.*; Max-Age=600; Path=\/backup\/api\/session\/oidc; HttpOnly; SameSite=Lax$/,
    );
  });
});

test('whoever logs in elsewhere has no password here', async () => {
  await expect(session(api.origin, 'ada', '')).rejects.toThrow('400');
  await expect(session(api.origin, 'ada', 'whatever it is')).rejects.toThrow('401');
});

test('the login page is told of it', async () => {
  expect(await (await api.nobody('GET', '/session/ways')).json()).toEqual({
    ...{ password: true, oidc: true },
  });
});

test('a server that does not answer is named', async () => {
  await server.close();
  const other = await createTestApi({
    oidc: { ...testSettings().console.oidc, issuer: server.issuer, clientId: 'x' },
  });
  const answer = await other.nobody('GET', '/session/oidc');
  expect(answer.status).toBe(502);
  expect(await answer.json()).toMatchObject({ error: { code: 'oidc_unreachable' } });
  await other.close();
});

test('without one in the settings there is nothing to begin', async () => {
  const other = await createTestApi();
  expect((await other.nobody('GET', '/session/oidc')).status).toBe(404);
  await other.close();
});

test('half of the settings is not enough', async () => {
  const oidc = { ...testSettings().console.oidc, issuer: 'https://login.example' };
  await expect(createTestApi({ oidc })).rejects.toMatchObject({ code: 'invalid_settings' });
});

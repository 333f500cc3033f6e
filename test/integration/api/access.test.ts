import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from '../../../src/api/operations.ts';
import { addUser, ensureFirstUser } from '../../../src/service/access/users.ts';
import { askerOf, createTestApi, session, type Asker, type TestApi } from '../../harness/api.ts';

let api: TestApi;
let admin: Asker;
let viewer: Asker;
let operator: Asker;

beforeAll(async () => {
  api = await createTestApi();
  [admin, viewer, operator] = [
    await api.logIn('ada', 'admin'),
    await api.logIn('vera', 'viewer'),
    await api.logIn('otto', 'operator'),
  ];
});

afterAll(() => api.close());

const open = [
  ...['logIn', 'loginWays', 'beginOidcLogin', 'finishOidcLogin'],
  ...['openapi', 'docs', 'healthz', 'readyz', 'metrics'],
];

/** A request that would be well-formed, as far as the path goes. */
function pathOf(path: string): string {
  const id = path.includes('/tokens/')
    ? '123e4567-e89b-42d3-a456-426614174000'
    : 'shop_full_20260301_160000';
  return `/${path.replace('{id}', id).replace('{name}', 'somebody')}`;
}

describe('nobody', () => {
  test('gets an answer from the documented operations alone', () => {
    const public_ = operations.filter(({ needs }) => needs === 'nothing').map(({ id }) => id);
    expect(public_.sort()).toEqual([...open].sort());
  });

  test.each(operations.filter(({ needs }) => needs !== 'nothing').map((each) => [each.id, each]))(
    'is refused by %s',
    async (_, { method, path, body }) => {
      const answer = await api.nobody(method, pathOf(path), body && {});
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ error: { code: 'login_required' } });
    },
  );

  test('gets no numbers through a proxy', async () => {
    expect((await api.nobody('GET', '//metrics')).status).toBe(200);
    const passedOn = { 'x-forwarded-for': '203.0.113.9' };
    expect((await api.nobody('GET', '//metrics', undefined, passedOn)).status).toBe(401);
    expect((await admin.ask('GET', '//metrics', undefined, passedOn)).status).toBe(200);
  });
});

describe('roles', () => {
  const refusedFor = (permissions: readonly string[]) =>
    operations.filter(
      ({ needs }) => needs !== 'nothing' && needs !== 'login' && !permissions.includes(needs),
    );

  test.each(refusedFor(['read']).map((each) => [each.id, each]))(
    'a viewer may not %s',
    async (_, { method, path, body, id }) => {
      const answer = await viewer.ask(method, pathOf(path), body && exampleBody(id));
      expect(answer.status).toBe(403);
      expect(await answer.json()).toMatchObject({ error: { code: 'forbidden' } });
    },
  );

  test('a viewer may look, and not back up', async () => {
    expect((await viewer.ask('GET', '/status')).status).toBe(200);
    const refused = await viewer.ask('POST', '/backups', { database: 'shop' });
    expect(refused.status).toBe(403);
    expect((await viewer.ask('GET', '/users')).status).toBe(403);
  });

  test('an operator may back up, and not make users', async () => {
    const started = await operator.ask('POST', '/backups', {
      database: 'shop',
      kind: 'schema_only',
    });
    expect(started.status).toBe(202);
    const { workflowId } = (await started.json()) as { workflowId: string };
    await api.world.temporal.client.workflow.getHandle(workflowId).terminate();
    expect((await operator.ask('POST', '/users', { name: 'x', role: 'admin' })).status).toBe(403);
  });

  test('whoever has a password of ours may only choose another', async () => {
    const { password } = await addUser(api.world, { name: 'nina', role: 'admin' });
    const nina = await session(api.origin, 'nina', password);
    expect((await nina.ask('GET', '/status')).status).toBe(403);
    const short = await nina.ask('POST', '/session/password', { password, newPassword: 'short' });
    expect(short.status).toBe(400);
    const same = { password, newPassword: password };
    expect((await nina.ask('POST', '/session/password', same)).status).toBe(400);
    const good = { password, newPassword: 'a long one of her own' };
    expect((await nina.ask('POST', '/session/password', good)).status).toBe(204);
    expect((await nina.ask('GET', '/session')).status).toBe(401); // all her sessions ended
    const again = await session(api.origin, 'nina', good.newPassword);
    expect((await again.ask('GET', '/status')).status).toBe(200);
  });
});

describe('sessions', () => {
  test('have a cookie that scripts cannot read and other sites cannot send', async () => {
    const body = { user: 'vera', password: 'vera chose a long one' };
    const login = await api.nobody('POST', '/session', body);
    const [cookie] = login.headers.getSetCookie();
    expect(cookie).toMatch(/; Path=\/backup; Expires=[^;]+; HttpOnly; SameSite=Strict$/);
  });

  test('change nothing without their token', async () => {
    const bare = askerOf(api.origin, { cookie: admin.cookie });
    expect((await bare('POST', '/backups', { database: 'shop' })).status).toBe(403);
    const wrong = { 'x-csrf-token': 'A'.repeat(admin.csrf.length) };
    expect((await bare('POST', '/backups', { database: 'shop' }, wrong)).status).toBe(403);
    expect((await bare('GET', '/status')).status).toBe(200);
  });

  test('cannot be begun by another site', async () => {
    const body = { user: 'vera', password: 'vera chose a long one' };
    const other = { 'sec-fetch-site': 'cross-site' };
    expect((await api.nobody('POST', '/session', body, other)).status).toBe(403);
    const form = { method: 'POST', body: 'user=vera&password=x' };
    const headers = { 'content-type': 'text/plain' };
    expect((await fetch(`${api.origin}/backup/api/session`, { ...form, headers })).status).toBe(
      400,
    );
  });

  test('end with a logout, and with the user', async () => {
    const lea = await api.logIn('lea', 'viewer');
    expect((await lea.ask('DELETE', '/session')).status).toBe(204);
    expect((await lea.ask('GET', '/session')).status).toBe(401);
    const back = await session(api.origin, 'lea', 'lea chose a long one');
    expect((await admin.ask('DELETE', '/users/lea')).status).toBe(204);
    expect((await back.ask('GET', '/session')).status).toBe(401);
  });

  test('are not in the catalog as they are in the cookie', async () => {
    const secret = admin.cookie.split('=')[1]!;
    expect(await api.catalog.session(secret)).toBeUndefined();
  });
});

describe('login', () => {
  test('tells a wrong password from an unknown user neither by words nor by status', async () => {
    const wrong = await api.nobody('POST', '/session', { user: 'vera', password: 'wrong' });
    const unknown = await api.nobody('POST', '/session', { user: 'nobody', password: 'wrong' });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(await wrong.json()).toEqual(await unknown.json());
    await session(api.origin, 'vera', 'vera chose a long one');
  });

  test('gets slower with every wrong password, and lets the owner in again', async () => {
    const attempt = () => api.nobody('POST', '/session', { user: 'vera', password: 'wrong' });
    const statuses: number[] = [];
    for (let count = 0; count < 7; count++) statuses.push((await attempt()).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const limited = await attempt();
    expect(limited.status).toBe(429);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    api.wait(15 * 60_000);
    await session(api.origin, 'vera', 'vera chose a long one');
  });

  test('and the change of a password are slowed down alike: a stolen session is no place to guess', async () => {
    const gil = await api.logIn('gil', 'viewer');
    const guess = () =>
      gil.ask('POST', '/session/password', { password: 'wrong', newPassword: 'a long one of his' });
    const statuses: number[] = [];
    for (let count = 0; count < 6; count++) statuses.push((await guess()).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    api.wait(15 * 60_000);
    const own = { password: 'gil chose a long one', newPassword: 'a long one of his' };
    expect((await gil.ask('POST', '/session/password', own)).status).toBe(204);
  });

  test('makes the first administrator once', async () => {
    expect(await ensureFirstUser(api.world)).toBeUndefined();
  });
});

describe('tokens', () => {
  test('may do what their scopes leave of the role, until they expire or are removed', async () => {
    const made = await admin.ask('POST', '/tokens', { name: 'ci', scopes: ['read'], days: 1 });
    const { id, secret } = (await made.json()) as { id: string; secret: string };
    const token = askerOf(api.origin, { authorization: `Bearer ${secret}` });
    expect((await token('GET', '/status')).status).toBe(200);
    expect((await token('POST', '/backups', { database: 'shop' })).status).toBe(403);
    expect((await token('GET', '/session')).status).toBe(200);
    expect(JSON.stringify(await (await admin.ask('GET', '/tokens')).json())).not.toContain(secret);
    expect((await admin.ask('DELETE', `/tokens/${id}`)).status).toBe(204);
    expect((await token('GET', '/status')).status).toBe(401);
  });

  test('are not guessed', async () => {
    const wrong = askerOf(api.origin, { authorization: `Bearer pma_${'A'.repeat(43)}` });
    expect((await wrong('GET', '/status')).status).toBe(401);
  });
});

describe('what is asked for', () => {
  test.each([
    '/backups/..%2f..%2fetc%2fpasswd',
    '/backups/shop_full_20260301_160000%00',
    "/backups/shop'--",
    '/backups?limit=100000',
    '/backups?before=../../x',
    '/backups?unknown=1',
    '/backups?database=a%20b',
    '/audit?user=a%00',
  ])('%s is refused', async (path) => {
    expect((await admin.ask('GET', path)).status).toBe(400);
  });

  test('is refused where the catalog could not keep it', async () => {
    const user = 'a\0';
    for (const [path, body] of [
      ['/users', { name: user, role: 'viewer' }],
      ['/session', { user, password: 'long enough' }],
      ['/runs/cancel', { workflowId: user }],
    ] as const) {
      const answer = await admin.ask('POST', path, body);
      expect([path, answer.status]).toEqual([path, 400]);
    }
  });

  test('is no run of anybody else, who may use the same Temporal', async () => {
    const { client } = api.world.temporal;
    const workflowId = 'a run of another application';
    const handle = await client.workflow.start('other', { workflowId, taskQueue: 'another' });
    const query = `?workflowId=${encodeURIComponent(workflowId)}`;
    expect((await operator.ask('GET', `/runs/detail${query}`)).status).toBe(404);
    expect((await operator.ask('POST', '/runs/cancel', { workflowId })).status).toBe(404);
    const { events } = await handle.fetchHistory();
    expect(events).toHaveLength(2); // started and scheduled: nobody asked it to stop
    await handle.terminate();
  });

  test('is refused at once where the settings have no such module', async () => {
    const answer = await operator.ask('POST', '/backups', { database: 'shop', module: 'nothing' });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: { code: 'not_found' } });
  });

  test('is not kept by a browser where it is not there', async () => {
    const answer = await api.nobody('GET', '//backup/assets/of-another-version.js');
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([404, 'no-store']);
  });

  test.each(['//backup/assets/..%2f..%2fpackage.json', '//backup/assets/../../../etc/passwd'])(
    '%s is no file of the console',
    async (path) => {
      const text = await (await api.nobody('GET', path)).text();
      expect(text).not.toMatch(/pma-backup"|root:/);
    },
  );

  test('is refused when it is too large', async () => {
    const answer = await admin.ask('POST', '/backups', { database: 'x'.repeat(100_000) });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ error: { code: 'too_large' } });
  });

  test('is refused when it is no HTTP', async () => {
    const { port } = new URL(api.origin);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n');
    const reply = await new Promise<string>((resolve) =>
      socket.once('data', (data) => resolve(data.toString())),
    );
    expect(reply).toMatch(/^HTTP\/1.1 400/);
    socket.destroy();
  });
});

test('every answer carries strict headers', async () => {
  for (const path of ['//healthz', '/status', '//backup/', '/docs']) {
    const { headers } = await api.nobody('GET', path);
    const policy = headers.get('content-security-policy')!;
    expect(policy).toContain(`default-src 'none'`);
    expect(policy).toContain(`script-src 'self';`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
  }
  expect((await api.nobody('GET', '/status')).headers.get('cache-control')).toBe('no-store');
});

test('the audit log tells who did what, from where and with which result', async () => {
  const rows = (await (await admin.ask('GET', '/audit?limit=500')).json()) as {
    user: string | null;
    action: string;
    target: string | null;
    result: string;
    address: string | null;
  }[];
  expect(rows).toContainEqual(
    expect.objectContaining({ user: 'otto', action: 'backup', target: 'shop', result: 'done' }),
  );
  expect(rows).toContainEqual(
    expect.objectContaining({ user: 'vera', action: 'backup', result: 'forbidden' }),
  );
  expect(rows).toContainEqual(
    expect.objectContaining({ action: 'login', target: 'vera', result: 'login_failed' }),
  );
  expect(rows).toContainEqual(
    expect.objectContaining({ user: 'ada', action: 'token.add', target: 'ci' }),
  );
  expect(rows.every(({ address }) => address === '127.0.0.1')).toBe(true);
  expect((await viewer.ask('GET', '/audit')).status).toBe(403);
});

function exampleBody(id: string): object {
  const bodies: Record<string, object> = {
    createBackup: { database: 'shop' },
    addUser: { name: 'mallory', role: 'admin' },
    addToken: { name: 'x', scopes: ['read'], days: 1 },
    holdBackup: { reason: 'the audit' },
    cancelRun: { workflowId: 'x' },
    pauseSchedule: { id: 'x' },
    resumeSchedule: { id: 'x' },
    triggerSchedule: { id: 'x' },
    previewRestore: { target: 'shop' },
    restore: { target: 'shop' },
  };
  return bodies[id] ?? {};
}

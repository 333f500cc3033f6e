import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApiDocument } from '../../../src/api/openapi.ts';
import { operations } from '../../../src/api/operations.ts';
import { auditActions } from '../../../src/domain/access.ts';
import { scheduleId, schedulesFor } from '../../../src/domain/schedule.ts';
import { ensureSchedule } from '../../../src/temporal/schedules.ts';
import { createTestApi, type Asker, type TestApi } from '../../harness/api.ts';
import { fullOf, storeBackups } from '../../harness/stored-backups.ts';

let api: TestApi;
let admin: Asker;
let viewer: Asker;
/** Made by one case, wanted by a later one. */
let made: { workflowId?: string; id?: string } = {};
const started = new Set<string>();

const backup = fullOf('shop', 3);
const missing = fullOf('shop', 4);
const schedule = scheduleId('audited', 'full');
const passwordOf = (name: string) => `${name} chose a long one`;

beforeAll(async () => {
  api = await createTestApi();
  [admin, viewer] = [await api.logIn('ada', 'admin'), await api.logIn('vera', 'viewer')];
  await storeBackups(api, api.catalog, [{ id: backup }]);
  const [database] = api.world.settings.databases;
  const [definition] = schedulesFor({ ...database!, name: 'audited' }, 'UTC');
  await ensureSchedule(api.world.temporal.client, definition!, true);
});

afterAll(async () => {
  const { client } = api.world.temporal;
  await client.schedule.getHandle(schedule).delete();
  const triggered = `WorkflowId STARTS_WITH 'backup/audited' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of client.workflow.list({ query: triggered })) {
    started.add(workflowId);
  }
  for (const id of started) {
    // The one that was cancelled may just have ended.
    await client.workflow
      .getHandle(id)
      .terminate()
      .catch(() => undefined);
  }
  await api.close();
});

interface Case {
  /** Fills `{…}` of the path. */
  readonly at?: string | (() => string);
  readonly body?: object | (() => object);
  readonly target: string | null | (() => unknown);
  /** No worker runs here: what waits for one is asked for what is refused at once. */
  readonly result?: string;
  /** An admin who asks but once. */
  readonly own?: string;
  readonly user?: string | null;
  readonly via?: string;
}

const restoring = {
  body: { backup, target: 'postgres://ada:secret@db.example/new' },
  target: `${backup} to ***`,
  result: 'usage',
};

/** In this order: what one makes a later one takes away. */
const cases: readonly (readonly [operation: string, each: Case])[] = [
  ['logIn', { ...login('vera', passwordOf('vera')), user: 'vera', via: 'password' }],
  ['logIn', { ...login('vera', 'wrong'), user: null, via: 'password', result: 'login_failed' }],
  ['logOut', { own: 'olga', target: null }],
  [
    'changePassword',
    {
      ...{ own: 'pia', target: null },
      body: { password: passwordOf('pia'), newPassword: 'another one that is long' },
    },
  ],
  ['createBackup', { body: { database: 'shop' }, target: 'shop' }],
  [
    'cancelRun',
    { body: () => ({ workflowId: made.workflowId ?? 'none' }), target: () => made.workflowId },
  ],
  ['verifyBackup', { at: backup, target: backup }],
  ['checkBackup', { at: backup, target: backup }],
  ['checkCopies', { body: {}, target: 'all' }],
  ['downloadBackup', { at: backup, target: backup }],
  ['downloadScript', { at: missing, target: `${missing} as SQL`, result: 'not_found' }],
  ['holdBackup', { at: missing, body: {}, target: missing, result: 'not_found' }],
  ['releaseBackup', { at: missing, target: missing, result: 'not_found' }],
  ['pauseSchedule', { body: { id: schedule }, target: schedule }],
  ['resumeSchedule', { body: { id: schedule }, target: schedule }],
  ['triggerSchedule', { body: { id: schedule }, target: schedule }],
  ['previewRestore', { ...restoring, target: `preview: ${restoring.target}` }],
  ['restore', restoring],
  ['cleanUp', { body: {}, target: 'all' }],
  ['addUser', { body: { name: 'nils', role: 'viewer' }, target: 'nils (viewer)' }],
  ['resetUser', { at: 'nils', target: 'nils' }],
  ['removeUser', { at: 'nils', target: 'nils' }],
  ['addToken', { body: { name: 'ci', scopes: ['read'], days: 1 }, target: 'ci' }],
  ['removeToken', { at: () => made.id ?? '', target: () => made.id }],
];

const document = openApiDocument(operations);
const told = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    ...{ path, method: method.toUpperCase(), id: String(operation['operationId']) },
    ...{ permission: operation['x-permission'], action: operation['x-audit'] },
  })),
);

describe('the audit log', () => {
  test.each(cases.map(([id, each]) => [id, each.result ?? 'done', each] as const))(
    'tells of %s with user, address, time and result: %s',
    async (id, result, each) => {
      const began = Date.now();
      const answer = await ask(id, each, await askerOfCase(each));
      if (result === 'done') expect(answer.status).toBeLessThan(300);
      const { user = each.own ?? 'ada', via = 'session', target } = each;
      const row = await newestRow(id);
      expect(row).toMatchObject({
        ...{ user, via, address: '127.0.0.1', action: described(id).action, result },
        target: typeof target === 'function' ? target() : target,
      });
      expect(Date.parse(row.at)).toBeGreaterThanOrEqual(began - 1000);
      expect(Date.parse(row.at)).toBeLessThanOrEqual(Date.now() + 1000);
    },
  );

  test.each(cases.filter(([id]) => described(id).permission !== undefined))(
    'tells of %s where it is refused',
    async (id, each) => {
      expect((await ask(id, each, viewer)).status).toBe(403);
      expect(await newestRow(id)).toMatchObject({ user: 'vera', result: 'forbidden' });
    },
  );

  test('tells which token it was', async () => {
    const body = { name: 'nightly', scopes: ['backup'], days: 1 };
    const token = await admin.ask('POST', '/tokens', body);
    const { secret } = (await token.json()) as { secret: string };
    const asked = await api.nobody('POST', '/checks', {}, { authorization: `Bearer ${secret}` });
    started.add(((await asked.json()) as { workflowId: string }).workflowId);
    expect(await newestRow('checkCopies')).toMatchObject({ user: 'ada', via: 'token nightly' });
  });
});

test('no operation that changes something, or gives backups away, is missing here', () => {
  const wanted = told.filter(
    ({ method, permission }) => method !== 'GET' || permission === 'download',
  );
  for (const { id, action } of wanted) expect(auditActions, id).toContain(action);
  expect(new Set(cases.map(([id]) => id))).toEqual(new Set(wanted.map(({ id }) => id)));
});

function login(user: string, password: string): Pick<Case, 'body' | 'target'> {
  return { body: { user, password }, target: user };
}

function described(id: string) {
  return told.find((one) => one.id === id)!;
}

type Asking = Pick<Asker, 'ask'>;

async function askerOfCase({ own, user }: Case): Promise<Asking> {
  if (own !== undefined) return api.logIn(own, 'admin');
  return user === undefined ? admin : { ask: (...request) => api.nobody(...request) };
}

async function ask(id: string, { at = '', body }: Case, by: Asking): Promise<Response> {
  const { path, method } = described(id);
  const filled = path.replace(/\{\w+\}/, typeof at === 'function' ? at() : at);
  const answer = await by.ask(method, `/${filled}`, typeof body === 'function' ? body() : body);
  const text = await answer.text();
  if (answer.ok && text.startsWith('{')) made = JSON.parse(text) as typeof made;
  if (made.workflowId !== undefined) started.add(made.workflowId);
  return answer;
}

/** That all of a download was sent is told when it was, which may be after it has arrived. */
async function newestRow(id: string) {
  const newest = async () => (await api.catalog.auditLog({ limit: 1 }))[0];
  await expect.poll(async () => (await newest())?.action).toBe(described(id).action);
  await expect.poll(async () => (await newest())?.result).not.toBe('begun');
  return (await newest())!;
}

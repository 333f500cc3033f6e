import { truncate } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from '../../../src/api/operations.ts';
import { startSession } from '../../../src/service/access/login.ts';
import { createTestApi, type Asker, type TestApi } from '../../harness/api.ts';
import { fullOf, storeBackups } from '../../harness/stored-backups.ts';

let api: TestApi;
let admin: Asker;
/** Has less patience than what asks Temporal or hashes a password needs on a busy machine. */
let hasty: TestApi;
const patience = { headers: 300, request: 600, idle: 1_500, look: 50 };

beforeAll(async () => {
  [api, hasty] = await Promise.all([createTestApi(), createTestApi({}, { patience })]);
  admin = await api.logIn('ada', 'admin');
});

afterAll(async () => {
  await Promise.all([api.close(), hasty.close()]);
});

function open(): Socket {
  const { port } = new URL(hasty.origin);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => undefined); // that we are cut off is what we wait for
  return socket;
}

const withoutPassword = { passwordHash: null, mustChangePassword: false };
const requestLine = 'POST /backup/api/session HTTP/1.1\r\nHost: x\r\n';
const bodyHeaders = 'Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n';

describe('a client', () => {
  test.each([
    ['that sends its headers byte by byte', requestLine],
    ['that sends its body byte by byte', requestLine + bodyHeaders],
  ])('%s is answered with a time-out, and cut off', async (_, begin) => {
    const socket = open();
    socket.write(begin);
    const dripping = setInterval(() => socket.write('x'), 50);
    try {
      expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /);
    } finally {
      clearInterval(dripping);
    }
  });

  test('that says nothing is cut off', async () => {
    expect(await text(open())).toMatch(/^(HTTP\/1.1 408 [^]*)?$/);
  });

  test('that does not read its download is cut off', async () => {
    const id = fullOf('shop', 3);
    const megabytes = 50_000_000;
    await storeBackups(hasty, hasty.catalog, [{ id }]);
    const manifest = (await hasty.catalog.manifest(id))!;
    const artifact = { ...manifest.artifact, bytes: megabytes };
    await truncate(path.join(hasty.stateDirectory, 'backups', 'shop', artifact.file), megabytes);
    await hasty.catalog.finishBackup(id, {
      ...{ state: 'proven', reason: null, manifest: { ...manifest, artifact } },
    });
    await hasty.catalog.addUser({ ...{ name: 'ada', role: 'admin' }, ...withoutPassword });
    const { secret } = await startSession(hasty.world, 'ada', null);
    const socket = open();
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.pause();
    socket.write(
      `GET /backup/api/backups/${id}/download HTTP/1.1\r\nHost: x\r\nCookie: pma_session=${secret}\r\n\r\n`,
    );
    await new Promise((resolve) => setTimeout(resolve, patience.idle * 4));
    socket.resume(); // what is on the way arrives, and then it is over
    await ended;
    expect(socket.bytesRead).toBeGreaterThan(1000);
    expect(socket.bytesRead).toBeLessThan(megabytes);
  });

  test('that sends headers without end is refused', async () => {
    const socket = open();
    socket.write(`GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 431 /);
  });
});

describe('every path', () => {
  test.each([...new Set(operations.map(({ path: url }) => url))])(
    '%s refuses the methods that it does not know',
    async (url) => {
      const known = operations
        .filter((each) => each.path === url)
        .flatMap(({ method, head }) => (head ? [method, 'HEAD'] : [method]));
      const place = `/${url.replace('{id}', 'x').replace('{name}', 'x')}`;
      for (const method of ['PUT', 'PATCH', 'OPTIONS', 'DELETE', 'POST', 'GET', 'HEAD']) {
        if (known.includes(method)) continue;
        const answer = await api.nobody(method, place);
        expect(answer.status, method).toBe(405);
        expect(answer.headers.get('allow')).toBe(known.join(', '));
      }
    },
  );
});

test('health and console answer those who ask for the headers alone', async () => {
  for (const place of ['//healthz', '//readyz', '//backup/', '//backup/schedules']) {
    const answer = await api.nobody('HEAD', place);
    expect([place, answer.status, await answer.text()]).toEqual([place, 200, '']);
  }
  expect((await api.nobody('HEAD', '//backup')).status).toBe(302);
});

test('a request without a body where one belongs is refused', async () => {
  for (const place of ['/backups', '/checks']) {
    expect((await admin.ask('POST', place)).status, place).toBe(400);
  }
});

test('a backup that is asked for twice within a second is one run', async () => {
  const ask = async () => {
    const answer = await admin.ask('POST', '/backups', { database: 'shop' });
    expect(answer.status).toBe(202);
    return ((await answer.json()) as { workflowId: string }).workflowId;
  };
  const ids = new Set(await Promise.all([ask(), ask(), ask(), ask()]));
  expect(ids.size).toBeLessThan(3); // the second may just be over
  const { client } = api.world.temporal;
  for (const id of ids) await client.workflow.getHandle(id).terminate();
});

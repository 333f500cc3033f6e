import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'node:tls';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { addUser } from '../../../src/service/access/users.ts';
import { askerOf, createTestApi, type TestApi } from '../../harness/api.ts';
import { makeAuthority, makeCertificate } from '../../harness/tls-server.ts';

let directory: string;
let authority: Buffer;
const at = (name: string) => path.join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pma-tls-'));
  authority = await readFile(await makeAuthority(directory, 'authority'));
  await makeCertificate(directory, 'localhost');
});

afterAll(() => rm(directory, { recursive: true }));

describe('behind TLS', () => {
  let api: TestApi;
  let password: string;

  beforeAll(async () => {
    await copyFile(at('localhost.crt'), at('live.crt'));
    await copyFile(at('localhost.key'), at('live.key'));
    api = await createTestApi({ tlsCertPath: at('live.crt'), tlsKeyPath: at('live.key') });
    ({ password } = await addUser(api.world, { name: 'ada', role: 'admin' }));
  });

  afterAll(() => api.close());

  function ask(method: string, url: string, body?: object): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { port } = new URL(api.origin);
      const headers = { 'content-type': 'application/json' };
      const options = { method, host: '127.0.0.1', servername: 'localhost', port, path: url };
      request({ ...options, headers, ca: authority, agent: false }, resolve)
        .once('error', reject)
        .end(body && JSON.stringify(body));
    });
  }

  const serial = () =>
    new Promise<string>((resolve, reject) => {
      const { port } = new URL(api.origin);
      const options = { host: '127.0.0.1', servername: 'localhost', port: Number(port) };
      const socket = connect({ ...options, ca: authority }, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      }).once('error', reject);
    });

  test('the console is named with https, and browsers are told to stay there', async () => {
    expect(api.url).toMatch(/^https:\/\//);
    const answer = await ask('GET', '/healthz');
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000');
    expect(await text(answer)).toBe('{"status":"ok"}');
  });

  test('the cookie goes by TLS alone', async () => {
    const answer = await ask('POST', '/backup/api/session', { user: 'ada', password });
    expect(answer.statusCode).toBe(204);
    expect(answer.headers['set-cookie']?.[0]).toMatch(/; Secure; /);
  });

  test('nothing is answered without it', async () => {
    const plain = api.origin.replace('https', 'http');
    await expect(fetch(`${plain}/healthz`)).rejects.toThrow('fetch failed');
  });

  test('a renewed certificate is served without a restart, a broken one never', async () => {
    const before = await serial();
    const whole = await readFile(at('live.key'), 'utf8');
    await writeFile(at('live.crt'), 'half of a certific');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await serial()).toBe(before);
    await copyFile(at('localhost.crt'), at('live.crt'));
    for (const key of ['', whole.slice(0, 100)]) {
      await writeFile(at('live.key'), key);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(await serial()).toBe(before);
    }
    await makeCertificate(directory, 'localhost');
    await copyFile(at('localhost.crt'), at('live.crt'));
    await copyFile(at('localhost.key'), at('live.key'));
    await vi.waitFor(async () => expect(await serial()).not.toBe(before), 5000);
  });
});

describe('a certificate', () => {
  test('without its key is refused at the start', async () => {
    await expect(createTestApi({ tlsCertPath: at('localhost.crt') })).rejects.toMatchObject({
      code: 'invalid_settings',
    });
  });

  test('with a key that is empty or another one’s is refused at the start', async () => {
    await writeFile(at('empty.key'), '');
    await makeCertificate(directory, 'stranger');
    for (const key of ['empty.key', 'stranger.key']) {
      const paths = { tlsCertPath: at('localhost.crt'), tlsKeyPath: at(key) };
      await expect(createTestApi(paths)).rejects.toMatchObject({
        ...{ code: 'invalid_settings', message: expect.stringContaining(at(key)) as string },
      });
    }
  });

  test('that is not there is named', async () => {
    const paths = { tlsCertPath: at('none.crt'), tlsKeyPath: at('none.key') };
    await expect(createTestApi(paths)).rejects.toMatchObject({
      ...{ code: 'invalid_settings', message: `'${at('none.crt')}' cannot be read` },
    });
  });
});

describe('what a proxy says of the browser', () => {
  const passedOn = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' };
  const wrong = { user: 'nobody', password: 'x' };

  async function told(trustedProxies: string | null) {
    const api = await createTestApi({ trustedProxies });
    try {
      const answer = await askerOf(api.origin, passedOn)('POST', '/session', wrong);
      const [row] = await api.catalog.auditLog({ limit: 1 });
      return { hsts: answer.headers.get('strict-transport-security'), address: row?.address };
    } finally {
      await api.close();
    }
  }

  test('is believed where the settings trust the proxy', async () => {
    expect(await told('10.0.0.0/8, 127.0.0.1')).toEqual({
      ...{ hsts: 'max-age=31536000', address: '203.0.113.9' },
    });
  });

  test('is not believed of anybody else', async () => {
    expect(await told(null)).toEqual({ hsts: null, address: '127.0.0.1' });
    expect(await told('10.0.0.0/8')).toEqual({ hsts: null, address: '127.0.0.1' });
  });
});

test.each(['nonsense', '10.0.0.0/33', '10.0.0.0/', '10.0.0.1,', '::1/x'])(
  'a trusted proxy that is no address, %s, is refused as a setting',
  async (trustedProxies) => {
    const starting = createTestApi({ trustedProxies });
    await expect(starting).rejects.toMatchObject({ code: 'invalid_settings' });
  },
);

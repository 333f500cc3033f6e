import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readlink, rm, truncate } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApi, type Asker, type TestApi } from '../../harness/api.ts';
import { fullOf, storeBackups } from '../../harness/stored-backups.ts';

let api: TestApi;
let admin: Asker;
const [id, lost] = [fullOf('shop', 3), fullOf('shop', 4)];
const content = `the artifact of ${id}`;

beforeAll(async () => {
  api = await createTestApi();
  admin = await api.logIn('ada', 'admin');
  await storeBackups(api, api.catalog, [{ id }, { id: lost }]);
  await rm(path.join(api.stateDirectory, 'backups', 'shop', `${lost}.tar.zst`));
});

afterAll(() => api.close());

function download(headers: Record<string, string> = {}, query = ''): Promise<Response> {
  return admin.ask('GET', `/backups/${id}/download${query}`, undefined, headers);
}

/** What the audit log tells of a backup, in its order. */
async function rowsOf(backup: string): Promise<string[]> {
  const rows = (await api.catalog.auditLog({ limit: 500 })).toReversed();
  return rows
    .filter(({ target }) => target?.startsWith(backup))
    .map(({ user, target, result }) => `${user} ${target} ${result}`);
}

/** Stores more than all that can be on its way to a reader; gives the name of its file. */
async function storeBig(backup: string): Promise<string> {
  const bytes = 20_000_000;
  await storeBackups(api, api.catalog, [{ id: backup }]);
  const manifest = (await api.catalog.manifest(backup))!;
  const artifact = { ...manifest.artifact, bytes };
  await truncate(path.join(api.stateDirectory, 'backups', 'shop', artifact.file), bytes);
  await api.catalog.finishBackup(backup, {
    ...{ state: 'proven', reason: null, manifest: { ...manifest, artifact } },
  });
  return artifact.file;
}

/** Asks for it and goes away. */
async function breakOff(backup: string, after: 'at once' | 'in the middle'): Promise<void> {
  const { hostname, port } = new URL(api.origin);
  const socket = connect(Number(port), hostname);
  const request = `GET /backup/api/backups/${backup}/download HTTP/1.1\r\nHost: x\r\n`;
  await new Promise((resolve) => {
    socket.write(`${request}Cookie: ${admin.cookie}\r\n\r\n`, resolve);
  });
  if (after === 'in the middle') await once(socket, 'data');
  socket.destroy();
}

async function privateDirectories(): Promise<string[]> {
  const own = new RegExp(`-${process.pid}-`);
  return (await readdir(tmpdir())).filter((name) => own.test(name));
}

/** Those of this process whose names end so. */
async function openFiles(name: string): Promise<string[]> {
  const places = (await readdir('/proc/self/fd')).map((fd) => `/proc/self/fd/${fd}`);
  const files = await Promise.all(places.map((place) => readlink(place).catch(() => '')));
  return files.filter((file) => file.endsWith(name));
}

describe('a download', () => {
  test('is the stored file, with its name, its size and its checksum', async () => {
    const answer = await download();
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe(content);
    const { headers } = answer;
    const digest = createHash('sha256').update(content).digest('base64');
    expect(headers.get('content-disposition')).toBe(`attachment; filename="${id}.tar.zst"`);
    expect(headers.get('content-length')).toBe(String(content.length));
    expect(headers.get('repr-digest')).toBe(`sha-256=:${digest}:`);
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('content-range')).toBeNull();
  });

  test.each([
    ['bytes=4-11', content.slice(4, 12), 'bytes 4-11'],
    ['bytes=4-', content.slice(4), `bytes 4-${content.length - 1}`],
    ['bytes=-5', content.slice(-5), `bytes ${content.length - 5}-${content.length - 1}`],
    ['bytes=0-99999', content, `bytes 0-${content.length - 1}`],
    ['bytes=-99999', content, `bytes 0-${content.length - 1}`],
    [`bytes=-${content.length}`, content, `bytes 0-${content.length - 1}`],
  ])('goes on where it was: %s', async (range, expected, told) => {
    const answer = await download({ range });
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-range')).toBe(`${told}/${content.length}`);
    expect(await answer.text()).toBe(expected);
  });

  test('begins anew where the file is not the one that was begun', async () => {
    const etag = (await download()).headers.get('etag')!;
    const same = await download({ range: 'bytes=4-', 'if-range': etag });
    expect(same.status).toBe(206);
    const other = await download({ range: 'bytes=4-', 'if-range': '"another"' });
    expect([other.status, await other.text()]).toEqual([200, content]);
  });

  test('that a browser cannot have is told as a page, with the way back', async () => {
    const followed = { 'sec-fetch-dest': 'document' };
    const place = `/backups/${lost}/download`;
    const answer = await admin.ask('GET', place, undefined, followed);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      ...[500, 'text/html; charset=utf-8'],
    ]);
    const page = await answer.text();
    expect(page).toContain('<code>artifact_missing</code>');
    expect(page).toContain('<a href="/backup/">');
    expect((await api.nobody('GET', place, undefined, followed)).status).toBe(401);
    const marked = await admin.ask('GET', '/backups?a=<b>', undefined, followed);
    expect(await marked.text()).not.toContain('<b>');
  });

  test('of bytes that are not there is refused, and tells how many there are', async () => {
    for (const range of ['bytes=1000-', `bytes=${content.length}-`, 'bytes=-0', 'bytes=9-4']) {
      const answer = await download({ range });
      expect(answer.status, range).toBe(416);
      expect(answer.headers.get('content-range')).toBe(`bytes */${content.length}`);
      expect(await answer.json()).toMatchObject({ error: { code: 'range_outside' } });
    }
  });

  test('of several ranges or of nonsense is the whole', async () => {
    for (const range of ['bytes=0-1,4-5', 'lines=1-2', 'bytes']) {
      expect((await download({ range })).status, range).toBe(200);
    }
  });

  test('comes from the copy that was asked for', async () => {
    expect((await download({}, '?destination=local')).status).toBe(200);
    expect((await download({}, '?destination=s3')).status).toBe(404);
    expect((await download({}, '?destination=..%2flocal')).status).toBe(400);
  });

  test('of an artifact that somebody has removed says so', async () => {
    const answer = await admin.ask('GET', `/backups/${lost}/download`);
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ error: { code: 'artifact_missing' } });
    const ofDownloads = ['content-disposition', 'content-range', 'etag', 'repr-digest'];
    expect(ofDownloads.filter((name) => answer.headers.has(name))).toEqual([]);
  });

  test('of a copy on the disk of another host is refused with where it lies', async () => {
    const elsewhere = fullOf('shop', 5);
    await storeBackups(api, api.catalog, [{ id: elsewhere }]);
    const copy = (await api.catalog.detail(elsewhere))!.checkedCopies[0]!;
    const { uri, bytes } = copy;
    const moved = { ...{ backup: elsewhere, destination: 'local', uri, bytes }, sha256: 'x' };
    await api.catalog.recordCopy({ ...moved, host: 'another', key: 'x', state: 'good' });
    await api.catalog.recordCheck({ ...moved, host: copy.host, state: 'missing' });
    const answer = await admin.ask('GET', `/backups/${elsewhere}/download`);
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({
      error: { hint: expect.stringContaining('on another') as string },
    });
  });

  test('of an artifact that is shorter than it should be fails, and keeps nobody waiting', async () => {
    const short = fullOf('shop', 7);
    await storeBackups(api, api.catalog, [{ id: short }]);
    await truncate(path.join(api.stateDirectory, 'backups', 'shop', `${short}.tar.zst`), 10);
    const answer = await admin.ask('GET', `/backups/${short}/download`);
    const read = answer.text().catch((error: unknown) => (error as Error).name);
    expect(await Promise.race([read, setTimeout(5_000, 'still waiting')])).toBe('TypeError');
    const told = [`ada ${short} begun`, `ada ${short} artifact_corrupted`];
    await expect.poll(() => rowsOf(short)).toEqual(told);
  });

  test('that is broken off leaves no file open', async () => {
    const big = fullOf('shop', 6);
    const file = await storeBig(big);
    for (let count = 0; count < 5; count++) {
      await Promise.all([breakOff(big, 'at once'), breakOff(big, 'in the middle')]);
    }
    await expect.poll(() => openFiles(file), { timeout: 5_000 }).toEqual([]);
  });

  test('is told of in the audit log when it begins, and again when all of it was sent', async () => {
    const whole = fullOf('shop', 8);
    await storeBackups(api, api.catalog, [{ id: whole }]);
    await (await admin.ask('GET', `/backups/${whole}/download`)).text();
    const told = [`ada ${whole} begun`, `ada ${whole} done`];
    await expect.poll(() => rowsOf(whole)).toEqual(told);
    const range = { range: 'bytes=4-11' };
    await (await admin.ask('GET', `/backups/${whole}/download`, undefined, range)).text();
    const part = `ada ${whole}, bytes 4-11 of ${`the artifact of ${whole}`.length}`;
    await expect.poll(() => rowsOf(whole)).toEqual([...told, `${part} begun`, `${part} done`]);
  });

  test('that cannot be told of is not given away', async () => {
    const client = await api.database.connect();
    await client.query('ALTER TABLE pma_backup.audit RENAME TO audit_away');
    const answer = await download();
    await client.query('ALTER TABLE pma_backup.audit_away RENAME TO audit');
    await client.end();
    expect(answer.status).toBe(502);
    expect(await answer.text()).not.toContain('artifact of');
    await expect.poll(() => openFiles(`${id}.tar.zst`)).toEqual([]);
  });

  test('that its reader breaks off is told as begun and cut, never as done', async () => {
    const big = fullOf('shop', 9);
    await storeBig(big);
    await breakOff(big, 'in the middle');
    const told = [`ada ${big} begun`, `ada ${big} connection_lost`];
    await expect.poll(() => rowsOf(big)).toEqual(told);
  });

  test('as a script of what cannot be unpacked is refused, and leaves nothing', async () => {
    const before = await privateDirectories();
    const answer = await admin.ask('GET', `/backups/${id}/script`);
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ error: { code: 'program_failed' } });
    expect((await admin.ask('GET', `/backups/${id}/script?destination=s3`)).status).toBe(404);
    expect(await privateDirectories()).toEqual(before);
  });

  test('is in the audit log, done or refused', async () => {
    const viewer = await api.logIn('vera', 'viewer');
    expect((await viewer.ask('GET', `/backups/${id}/download`)).status).toBe(403);
    const rows = (await (await admin.ask('GET', '/audit?action=download&limit=500')).json()) as {
      user: string;
      target: string;
      result: string;
    }[];
    const told = rows.map(({ user, target, result }) => `${user} ${target} ${result}`);
    expect(told).toContain(`ada ${id} done`);
    expect(told).toContain(`vera ${id} forbidden`);
    expect(told).toContain(`ada ${lost} artifact_missing`);
    expect(told).toContain(`ada ${id} as SQL program_failed`);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from '../../../src/api/operations.ts';
import { createTestApi, type Asker, type TestApi } from '../../harness/api.ts';

let api: TestApi;
let viewer: Asker;
let ids: string[];

beforeAll(async () => {
  api = await createTestApi();
  viewer = await api.logIn('vera', 'viewer');
  ids = [];
  for (let hour = 10; hour < 15; hour++) ids.push(await start('shop', `2026-03-01T${hour}:00:00Z`));
  ids.push(await start('crm', '2026-03-01T12:00:00Z'));
  await api.catalog.finishBackup(ids[0]!, { state: 'failed', reason: 'disk full' });
});

afterAll(() => api.close());

function start(database: string, time: string): Promise<string> {
  return api.catalog.startBackup({
    name: { database, kind: 'full', module: null, time: new Date(time) },
    ...{ triggeredAt: new Date(time), queue: 'pma-backup@here', runId: time },
    workflowId: `backup/${database}/full-${time}`,
  });
}

interface Page {
  readonly items: readonly { id: string }[];
  readonly total: number;
  readonly next: string | null;
}

async function page(query: string): Promise<Page> {
  return (await (await viewer.ask('GET', `/backups${query}`)).json()) as Page;
}

describe('the list of backups', () => {
  test('is paged, newest first, each backup once', async () => {
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null;) {
      const got: Page = await page(`?limit=2${next === '' ? '' : `&before=${next}`}`);
      expect(got.total).toBe(6);
      seen.push(...got.items.map(({ id }) => id));
      next = got.next;
    }
    expect(seen).toEqual([ids[4], ids[3], ids[2], ids[5], ids[1], ids[0]]);
  });

  test('is narrowed in the catalog', async () => {
    expect(await page('?state=failed')).toMatchObject({ total: 1, items: [{ id: ids[0] }] });
    expect(await page('?database=crm&kind=full')).toMatchObject({ total: 1, next: null });
    expect(await page('?kind=schema_only')).toEqual({ items: [], total: 0, next: null });
  });
});

test('one backup is shown with the link to its run', async () => {
  const answer = await viewer.ask('GET', `/backups/${ids[0]!}`);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({
    ...{
      id: ids[0],
      state: 'failed',
      reason: 'disk full',
      triggeredAt: '2026-03-01T10:00:00.000Z',
    },
    run: { ui: expect.stringMatching(/^http:\/\/ui\.example\/namespaces\/.*%2Fshop%2F/) as string },
  });
});

test('a backup that is not there is not found, and neither is a proof that was not made', async () => {
  for (const path of ['/backups/shop_full_20200101_000000', `/backups/${ids[0]!}/proof`]) {
    const answer = await viewer.ask('GET', path);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: { code: 'not_found' } });
  }
});

test('status and days count what the catalog has', async () => {
  const status = await (await viewer.ask('GET', '/status')).json();
  expect(status).toMatchObject({
    databases: [{ name: 'shop', counts: { running: 4, failed: 1 } }, {}],
  });
  const days = await (await viewer.ask('GET', '/days?days=370')).json();
  expect(days).toEqual([{ day: '2026-03-01', proven: 0, unproven: 0, failed: 1, bytes: 0 }]);
});

test('the server is alive and ready', async () => {
  expect((await api.nobody('GET', '//healthz')).status).toBe(200);
  expect((await api.nobody('GET', '//readyz')).status).toBe(200);
});

test('events tell what runs, and a run that is cancelled is told of no more', async () => {
  const { client } = api.world.temporal;
  const handle = await client.workflow.start('backup', {
    ...{ taskQueue: 'pma-backup', workflowId: 'backup/shop/full-events', args: [{}] },
  });
  const stream = await viewer.ask('GET', '/events');
  expect(stream.headers.get('content-type')).toBe('text/event-stream');
  const reader = stream.body!.getReader();
  const until = async (found: (text: string) => boolean) => {
    for (let text = ''; !found(text);) {
      const { value, done } = (await reader.read()) as { value?: Uint8Array; done: boolean };
      if (done) throw new Error('the stream ended');
      text = new TextDecoder().decode(value);
    }
  };
  await until((text) => text.includes('backup/shop/full-events'));
  await handle.terminate();
  await until((text) => text.startsWith('event: runs') && !text.includes('full-events'));
  await reader.cancel();
});

test('who listens on too many pages is refused, keeps nobody out, and is let in when he closes some', async () => {
  const listen = async () => {
    const answer = await viewer.ask('GET', '/events');
    if (answer.status === 200) listening.push(answer);
    return answer;
  };
  const listening: Response[] = [];
  for (let count = 0; count < 20; count++) expect((await listen()).status).toBe(200);
  const refused = await listen();
  expect(refused.status).toBe(409);
  expect(await refused.json()).toMatchObject({
    error: { code: 'conflict', message: expect.stringContaining(`'vera'`) as string },
  });
  const other = await (await api.logIn('otto', 'viewer')).ask('GET', '/events');
  expect(other.status).toBe(200);
  await other.body!.cancel();
  await listening.pop()!.body!.cancel();
  await expect.poll(async () => (await listen()).status).toBe(200);
  for (const each of listening) await each.body!.cancel();
});

test('open runs that nobody works on are told of in the time that one of them takes', async () => {
  const { client } = api.world.temporal;
  const ids = Array.from({ length: 6 }, (_, index) => `backup/shop/full-idle-${index}`);
  const handles = await Promise.all(
    ids.map((workflowId) =>
      client.workflow.start('backup', { taskQueue: 'pma-backup', workflowId, args: [{}] }),
    ),
  );
  const known = async () => {
    const runs = (await (await viewer.ask('GET', '/runs?limit=100')).json()) as {
      workflowId: string;
    }[];
    return runs.map(({ workflowId }) => workflowId);
  };
  await expect.poll(known, { timeout: 20_000 }).toEqual(expect.arrayContaining(ids));
  const began = performance.now();
  await known();
  expect(performance.now() - began).toBeLessThan(8_000); // each is waited for two seconds
  await Promise.all(handles.map((handle) => handle.terminate()));
});

test('the OpenAPI document has every operation, and the page to read is about the same', async () => {
  const document = (await (await api.nobody('GET', '/openapi.json')).json()) as {
    paths: Record<string, object>;
  };
  const count = Object.values(document.paths).flatMap((methods) => Object.keys(methods)).length;
  expect(count).toBe(operations.length);
  const text = JSON.stringify(document);
  const [referenced, defined] = [
    [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name),
    Object.keys((document as unknown as { components: { schemas: object } }).components.schemas),
  ];
  for (const name of referenced) expect(defined).toContain(name);
  const html = await (await api.nobody('GET', '/docs')).text();
  for (const { path } of operations) expect(html).toContain(`<code>${path}</code>`);
  expect(html).not.toMatch(/<script|(src|href)="(https?:)?\/\//);
});

import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Check } from '../../src/service/doctor/check.ts';
import { hostIdOf } from '../../src/system/host-id.ts';
import { taskQueue } from '../../src/temporal/names.ts';
import { onCluster, testCluster } from '../harness/postgres.ts';
import { startReceiver, type Receiver } from '../harness/receiver.ts';
import { createTestService, databaseUrl, type TestService } from '../harness/service.ts';

const database = 'alerted';
const token = 'hook-t0ken';
let receiver: Receiver;
let service: TestService;

beforeAll(async () => {
  receiver = await startReceiver();
  receiver.answers.set('/ping', { status: 500, body: 'broken' });
  service = await createTestService({
    DATABASE_URL: databaseUrl({ ...testCluster(), database }), // it is not there yet
    ALERT_WEBHOOK_URL: `${receiver.url}/hook?token=${token}`,
    ALERT_PING_URL: `${receiver.url}/ping?token=${token}`,
    ALERT_SEVERITY: 'info',
  });
  await service.startWorker();
}, 180_000);

afterAll(async () => {
  await service.close();
  await receiver.close();
  await onCluster(`DROP DATABASE IF EXISTS ${database}`);
});

const events = () =>
  receiver.received.filter(({ url }) => url.pathname === '/hook').map(({ json }) => json());

describe('people are told', () => {
  it('of a backup that failed, once', async () => {
    const failed = await service.cli('backup', '--json');
    expect(failed.status).toBe(1);
    expect(events()).toMatchObject([
      { event: 'alarm', severity: 'critical', key: `backup:${database}:full`, database },
    ]);
    expect(events()[0]!['message']).toMatch(/ failed: .*alerted/);
    await service.cli('backup');
    expect(events()).toHaveLength(1);
  });

  it('when it is mended, and a channel that fails is tried again and fails no backup', async () => {
    await onCluster(`CREATE DATABASE ${database}`);
    const done = await service.cli('backup', '--json');
    expect(done.status, done.stderr).toBe(0);
    const { id } = done.json() as { id: string };
    const told = events().slice(1);
    expect(told).toHaveLength(2);
    expect(told).toContainEqual(expect.objectContaining({ event: 'proven', key: id }));
    const alarm = `backup:${database}:full`;
    expect(told).toContainEqual(expect.objectContaining({ event: 'cleared', key: alarm }));
    expect(receiver.received.filter(({ url }) => url.pathname === '/ping')).toHaveLength(4);
  });

  it('of what the watchdog finds, and that it is over', async () => {
    const location = path.join(service.stateDirectory, 'backups');
    const watch = (): Promise<unknown> =>
      service.client.workflow.execute('watchdog', {
        ...{ taskQueue, workflowId: `watchdog-${Date.now()}` },
      });
    expect(await watch()).toEqual([]);
    await rename(location, `${location}.away`);
    await writeFile(location, 'a file');
    const found = await watch();
    await rm(location);
    await rename(`${location}.away`, location);
    const host = await hostIdOf(service.stateDirectory);
    expect(found).toMatchObject([{ key: `destination:local@${host}` }]);
    expect(events().at(-1)).toMatchObject({ event: 'alarm', key: `destination:local@${host}` });
    expect(await watch()).toEqual([]);
    expect(events().at(-1)).toMatchObject({ event: 'cleared', key: `destination:local@${host}` });
  });

  it('by a test message of doctor, which names the channel that does not take it', async () => {
    const done = await service.cli('doctor', '--alerts', '--json');
    const channels = (done.json() as Check[]).filter(({ name }) => name.startsWith('channel'));
    expect(channels).toMatchObject([
      { name: `channel 'webhook'`, state: 'ok' },
      { name: `channel 'ping'`, state: 'failed' },
    ]);
    expect(channels[1]!.message).toMatch(/did not take the message: status 500 broken$/);
    expect(done.status).toBe(1);
    expect(events().at(-1)).toMatchObject({ event: 'test', database: null });
  });
});

it('no history holds where messages go', async () => {
  for await (const { workflowId, runId } of service.client.workflow.list()) {
    const history = await service.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const text = Buffer.from(JSON.stringify(history)).toString();
    expect(text).not.toContain(token);
    expect(text).not.toContain(Buffer.from(token).toString('base64').slice(0, 12));
  }
});

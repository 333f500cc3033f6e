import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCatalog, type Catalog } from '../../src/catalog/catalog.ts';
import { parseConnection } from '../../src/postgres/connection.ts';
import type { BackupSummary } from '../../src/domain/backup.ts';
import type { Check } from '../../src/service/doctor/check.ts';
import { hostIdOf } from '../../src/system/host-id.ts';
import { taskQueue } from '../../src/temporal/names.ts';
import { onCluster, testCluster, testDatabase } from '../harness/postgres.ts';
import { startMailServer, type MailServer } from '../harness/mail-server.ts';
import { startReceiver, type Receiver } from '../harness/receiver.ts';
import { stringify } from 'yaml';
import { flipByte } from '../harness/s3-server.ts';
import { createTestService, databaseUrl, until, type TestService } from '../harness/service.ts';
import { fullOf, storeBackups } from '../harness/stored-backups.ts';

const database = 'alerted';
const token = 'hook-t0ken';
const others = ['slack', 'dingtalk', 'wecom', 'feishu'];
let receiver: Receiver;
let mailServer: MailServer;
let service: TestService;
let catalog: Catalog;

beforeAll(async () => {
  [receiver, mailServer] = await Promise.all([startReceiver(), startMailServer()]);
  receiver.answers.set('/ping', { status: 500, body: 'broken' });
  service = await createTestService({
    DATABASE_URL: databaseUrl({ ...testCluster(), database }), // it is not there yet
    ALERT_WEBHOOK_URL: `${receiver.url}/hook?token=${token}`,
    ALERT_PING_URL: `${receiver.url}/ping?token=${token}`,
    ALERT_SEVERITY: 'info',
  });
  await writeFile(secretFile(), 'key');
  await writeSettings();
  service.environment['PMA_CONFIG'] = settingsFile();
  service.environment['ALERT_WEBHOOK_SECRET_FILE'] = secretFile();
  await service.startWorker();
  catalog = await openCatalog(parseConnection(service.environment['CATALOG_DATABASE_URL']!, {}));
}, 180_000);

afterAll(async () => {
  await catalog.close();
  await service.close();
  await Promise.all([receiver.close(), mailServer.close()]);
  await onCluster(`DROP DATABASE IF EXISTS ${database}`);
});

const settingsFile = () => path.join(service.stateDirectory, 'settings.yaml');
/** With a channel of each kind besides the two of the environment. */
const writeSettings = (more: object = {}) => {
  const mail = { type: 'mail', url: mailServer.url, from: 'pma@example.com', to: 'a@example.com' };
  const channels = others.map((type) => ({ type, url: `${receiver.url}/${type}?token=${token}` }));
  const alerts = { channels: [...channels, mail] };
  return writeFile(settingsFile(), stringify({ ...more, alerts }));
};
const secretFile = () => path.join(service.stateDirectory, 'webhook-secret');

let runs = 0;
const run = (workflow: string, ...args: object[]): Promise<unknown> =>
  service.client.workflow.execute(workflow, {
    ...{ taskQueue, workflowId: `${workflow}-${++runs}`, args },
  });

/** All that the webhook was told, once it is so much. */
const told = (count: number) =>
  until(`${count} messages are there`, () => Promise.resolve(events().length >= count && events()));

const events = () =>
  receiver.received.filter(({ url }) => url.pathname === '/hook').map(({ json }) => json());

/** Which of the other channels were told so: it has the title, and the id of the backup if it is about one. */
const elsewhere = ({ title, message }: Record<string, unknown>): string[] => {
  const id = /'(alerted_\w+)'/.exec(String(message))?.[1] ?? '';
  const isIt = (text: string) => text.includes(String(title)) && text.includes(id);
  // As their lines were before they were broken.
  const mails = mailServer.mails.map((mail) =>
    mail.replaceAll('=\r\n', '').replaceAll('\r\n ', ' '),
  );
  const posts = (type: string) =>
    receiver.received.filter(({ url }) => url.pathname === `/${type}`).map(({ body }) => body);
  return [...others.filter((type) => posts(type).some(isIt)), ...mails.filter(isIt).slice(0, 1)];
};

/** The message of this kind about an alarm, once every channel has it. */
const onEachChannel = async (key: string, event = 'alarm') => {
  const found = await until(`${event} of ${key}`, () =>
    Promise.resolve(events().findLast((each) => each['key'] === key && each['event'] === event)),
  );
  await until(`everybody has ${event} of ${key}`, () =>
    Promise.resolve(elsewhere(found).length > others.length),
  );
  return found;
};

describe('people are told', () => {
  it('of a backup that failed, once', async () => {
    const failed = await service.cli('backup', '--json');
    expect(failed.status).toBe(1);
    expect(await told(1)).toMatchObject([
      { event: 'alarm', severity: 'critical', key: `backup:${database}:full`, database },
    ]);
    expect(events()[0]!['code']).toBe('database_missing');
    expect(events()[0]!['message']).toMatch(/ failed: .*alerted/);
    await onEachChannel(`backup:${database}:full`);
    await expect(run('backup')).rejects.toThrow();
    await run('notify');
    expect(events()).toHaveLength(1);
  });

  it('when it is mended, and a channel that fails is tried again and fails no backup', async () => {
    await onCluster(`CREATE DATABASE ${database}`);
    const done = await service.cli('backup', '--json');
    expect(done.status, done.stderr).toBe(0);
    const { id } = done.json() as { id: string };
    const new2 = (await told(3)).slice(1);
    expect(new2).toContainEqual(expect.objectContaining({ event: 'proven', key: id }));
    const alarm = `backup:${database}:full`;
    expect(new2).toContainEqual(expect.objectContaining({ event: 'cleared', key: alarm }));
    await onEachChannel(alarm, 'cleared');
    const pings = () => receiver.received.filter(({ url }) => url.pathname === '/ping');
    await until('it is tried again', () => Promise.resolve(pings().length > 1));
    receiver.answers.delete('/ping');
  });

  it('beside the run, which ends while a channel still hangs', async () => {
    receiver.answers.set('/ping', { status: 200, body: '', hangs: true });
    const handle = await service.client.workflow.start('backup', {
      ...{ taskQueue, workflowId: 'beside a channel that hangs', args: [{}] },
    });
    await handle.result();
    const { events: history } = await handle.fetchHistory();
    const messengers = history!.flatMap(
      (each) => each.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId ?? [],
    );
    expect(messengers).toHaveLength(1);
    const messenger = await service.client.workflow.getHandle(messengers[0]!).describe();
    expect(messenger.status.name).toBe('RUNNING');
    receiver.answers.delete('/ping');
    await told(4);
  });

  it('of a backup that could not begin, and when one can', async () => {
    await rename(secretFile(), `${secretFile()}.away`);
    await expect(run('backup', { database })).rejects.toThrow();
    await rename(`${secretFile()}.away`, secretFile());
    await run('notify', {});
    const key = `backup-start:${database}`;
    expect((await told(5)).at(-1)).toMatchObject({ event: 'alarm', key, database });
    await run('backup', { database, kind: 'schema_only' });
    expect((await told(7)).slice(5)).toContainEqual(
      expect.objectContaining({ event: 'cleared', key }),
    );
  });

  it('of all backups, a check and a clean-up that cannot begin, until they can', async () => {
    const works = [
      { workflow: 'backup', key: 'backup-start:', input: {} },
      { workflow: 'integrityCheck', key: 'check:', input: {} },
      { workflow: 'integrityCheck', key: `check:${database}`, input: { database } },
      { workflow: 'cleanup', key: 'cleanup-failed:', input: {} },
      { workflow: 'cleanup', key: `cleanup-failed:${database}`, input: { database } },
    ];
    await rename(secretFile(), `${secretFile()}.away`);
    const tried = await Promise.allSettled(
      works.map(({ workflow, input }) => run(workflow, input)),
    );
    expect(tried.map(({ status }) => status)).toEqual(works.map(() => 'rejected'));
    await rename(`${secretFile()}.away`, secretFile());
    await run('notify', {});
    for (const { key } of works) await onEachChannel(key);
    // A backup of one database shows that the others can begin, too.
    await run('backup', { database, kind: 'schema_only' });
    await onEachChannel('backup-start:', 'cleared');
    await Promise.all(works.slice(1).map(({ workflow, input }) => run(workflow, input)));
    for (const { key } of works) await onEachChannel(key, 'cleared');
  });

  it('of a dump that hangs, after it was tried again, with who is in the way, and that it is over', async () => {
    const locker = await testDatabase(database).connect();
    await locker.query('CREATE TABLE locked (i int)');
    await locker.query('BEGIN; LOCK TABLE locked');
    await writeSettings({ stallSeconds: 3, dump: { lockTimeoutSeconds: 600 } });
    const handle = await service.client.workflow.start('backup', {
      ...{ taskQueue, workflowId: 'hung', args: [{ database, kind: 'data_only' }] },
    });
    await expect(handle.result()).rejects.toThrow();
    await locker.query('ROLLBACK');
    await locker.end();
    await writeSettings();
    const key = `backup:${database}:data_only`;
    const alarm = await onEachChannel(key);
    expect(alarm['message']).toMatch(
      /made no progress for 3 s: table 'public.locked' is locked by process \d+ \(/,
    );
    const { events: history } = await handle.fetchHistory();
    const attempts = history!.map((each) => each.activityTaskStartedEventAttributes?.attempt ?? 0);
    expect(Math.max(...attempts)).toBe(5);
    await run('backup', { database, kind: 'data_only' });
    await onEachChannel(key, 'cleared');
  });

  it('of a stored copy that is damaged, and of its test restore, until both are good', async () => {
    const latest = (await service.cli('show', 'latest', '--json')).json() as BackupSummary;
    const { id, copies } = latest;
    const test = { backup: id, database };
    const [proof, copy] = [`proof:${database}`, `copy:${id}:local`];
    await flipByte(copies[0]!.uri);
    await expect(run('restoreTest', test)).rejects.toThrow();
    await onEachChannel(proof);
    await run('integrityCheck', { backup: id });
    expect(await onEachChannel(copy)).toMatchObject({
      message: expect.stringContaining('it can no longer be restored') as string,
    });
    await flipByte(copies[0]!.uri);
    await run('integrityCheck', { backup: id });
    await onEachChannel(copy, 'cleared');
    await run('restoreTest', test);
    await onEachChannel(proof, 'cleared');
  });

  it('of a clean-up that stopped, until it goes on', async () => {
    const ids = Array.from({ length: 8 }, (_, index) => ({ id: fullOf(database, 100 + index) }));
    await storeBackups(service, catalog, ids);
    await run('cleanup', { database });
    const key = `cleanup-stopped:${database}`;
    const alarm = await onEachChannel(key);
    expect(alarm).toMatchObject({ event: 'alarm', severity: 'warning' });
    expect(alarm['title']).toContain('a clean-up stopped');
    await run('cleanup', { database, force: true });
    await onEachChannel(key, 'cleared');
  });

  it('of what the watchdog finds, and that it is over', async () => {
    const location = path.join(service.stateDirectory, 'backups');
    const watch = () => run('watchdog');
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
    receiver.answers.set('/ping', { status: 500, body: 'broken' });
    const done = await service.cli('doctor', '--alerts', '--json');
    const channels = (done.json() as Check[]).filter(({ name }) => name.startsWith('channel'));
    expect(channels.map(({ name }) => name)).toEqual(
      ['webhook', 'ping', ...others, 'mail'].map((name) => `channel '${name}'`),
    );
    const [failed, ...more] = channels.filter(({ state }) => state !== 'ok');
    expect(more).toEqual([]);
    expect(failed!.name).toBe(`channel 'ping'`);
    expect(failed!.message).toMatch(/did not take the message: status 500 broken$/);
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

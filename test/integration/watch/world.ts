import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { stringify } from 'yaml';
import { openCatalog, type Catalog } from '../../../src/catalog/catalog.ts';
import { loadSettings, type Settings } from '../../../src/config.ts';
import { createDestinations } from '../../../src/service/destinations.ts';
import { hostIdOf } from '../../../src/system/host-id.ts';
import { connectClient } from '../../../src/temporal/connection.ts';
import { createRuns } from '../../../src/temporal/runs.ts';
import { createWatcher, type Watcher, type WatchTimes } from '../../../src/watch/watcher.ts';
import { startMailServer, type MailServer } from '../../harness/mail-server.ts';
import { testCluster } from '../../harness/postgres.ts';
import { startReceiver, type Receiver } from '../../harness/receiver.ts';
import { startS3Server, type S3Server } from '../../harness/s3-server.ts';
import {
  createTestServiceFor,
  databaseUrl,
  type ServiceWithDatabase,
} from '../../harness/service.ts';
import { startTcpProxy, type TcpProxy } from '../../harness/tcp-proxy.ts';

export const httpChannels = ['webhook', 'slack', 'dingtalk', 'wecom', 'feishu'] as const;
const bucket = 'watched';

/** A watch over real servers, with a receiver for each channel, a clock of its own, and ways to break things. */
export interface WatchedWorld {
  readonly service: ServiceWithDatabase;
  readonly receiver: Receiver;
  readonly mails: string[];
  readonly host: string;
  /** By the proxies. */
  readonly catalog: Catalog;
  readonly client: Client;
  readonly catalogProxy: TcpProxy;
  readonly temporalProxy: TcpProxy;
  /** Environment variables of a bucket that works. */
  readonly inBucket: Readonly<Record<string, string>>;
  /** Environment variables, besides the settings file. */
  changed: Readonly<Record<string, string>>;
  /** That have passed. */
  hours: number;
  now(): Date;
  settings(): Settings;
  newWatcher(times?: Partial<WatchTimes>): Watcher;
  close(): Promise<void>;
}

export async function createWatchedWorld(): Promise<WatchedWorld> {
  const [receiver, mailServer, s3, service] = await Promise.all([
    startReceiver(),
    startMailServer(),
    startS3Server(),
    createTestServiceFor('watched', 'CREATE TABLE item (id int)'),
  ]);
  await s3.createBucket(bucket);
  const file = path.join(service.stateDirectory, 'pma-backup.yaml');
  await writeFile(file, stringify(settingsFile(service, receiver, mailServer)));
  delete service.environment['DATABASE_URL'];
  service.environment['PMA_CONFIG'] = file;
  const host = await hostIdOf(service.stateDirectory);
  const start = Date.now();
  const settings = () =>
    loadSettings({ environment: { ...service.environment, ...world.changed } });
  const { catalog, catalogProxy } = await catalogByProxy(loadSettings(service));
  const { client, temporalProxy } = await temporalByProxy(service);
  const world: WatchedWorld = {
    ...{ service, receiver, host, catalog, client, catalogProxy, temporalProxy, settings },
    mails: mailServer.mails,
    inBucket: bucketVariables(s3),
    changed: {},
    hours: 0,
    now: () => new Date(start + world.hours * 3_600_000),
    newWatcher: (times) => {
      const storage = createDestinations(settings, 100);
      const runs = createRuns(client, { patience: 300 });
      const log = { warn: () => undefined };
      return createWatcher(
        { settings, catalog, runs, storage, hostId: host, hasWorker: true, log },
        settings(),
        times,
      );
    },
    close: async () => {
      await client.connection.close();
      await catalog.close();
      await Promise.all([catalogProxy.stop(), temporalProxy.stop(), s3.stop()]);
      await Promise.all([service.close(), receiver.close(), mailServer.close()]);
    },
  };
  return world;
}

function settingsFile(
  { database }: ServiceWithDatabase,
  receiver: Receiver,
  mailServer: MailServer,
): object {
  return {
    timeZone: 'UTC',
    objectives: { provenHours: 0, offsiteHours: 0, restoreTestDays: 0 },
    alerts: {
      channels: [
        ...httpChannels.map((type) => ({ type, url: `${receiver.url}/${type}` })),
        { type: 'mail', url: mailServer.url, from: 'pma@example.com', to: 'a@example.com' },
      ],
    },
    databases: [{ name: 'shop', url: databaseUrl(database.connection) }],
  };
}

async function catalogByProxy({ catalog: connection }: Settings) {
  const { port, host: socketDirectory } = testCluster();
  const catalogProxy = await startTcpProxy({ path: `${socketDirectory}/.s.PGSQL.${port}` });
  const place = { host: '127.0.0.1', port: catalogProxy.port };
  return { catalogProxy, catalog: await openCatalog({ ...connection!, ...place }) };
}

async function temporalByProxy({ environment }: ServiceWithDatabase) {
  const [host = '', port = ''] = environment['TEMPORAL_ADDRESS']!.split(':');
  const temporalProxy = await startTcpProxy({ host, port: Number(port) });
  const client = await connectClient({
    address: `127.0.0.1:${temporalProxy.port}`,
    namespace: environment['TEMPORAL_NAMESPACE']!,
    ...{ apiKey: null, tls: null },
  });
  return { temporalProxy, client };
}

function bucketVariables({ endpoint, accessKeyId, secretAccessKey }: S3Server) {
  return {
    ...{ AWS_S3_BUCKET: bucket, AWS_ENDPOINT_URL_S3: endpoint, AWS_REGION: 'us-east-1' },
    ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
  };
}

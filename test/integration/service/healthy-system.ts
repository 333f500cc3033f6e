import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { openCatalog } from '../../../src/catalog/catalog.ts';
import { loadSettings, type Settings } from '../../../src/config.ts';
import {
  schedulesFor,
  generalSchedules,
  type ScheduleDefinition,
} from '../../../src/domain/schedule.ts';
import { startCluster, type Cluster } from '../../../src/postgres/cluster.ts';
import { makeRecoveryKit } from '../../../src/service/recovery-kit.ts';
import { removeTree } from '../../../src/system/files.ts';
import { hostIdOf } from '../../../src/system/host-id.ts';
import { clusterUser } from '../../../src/system/os-user.ts';
import { ensureSchedule } from '../../../src/temporal/schedules.ts';
import { testCluster } from '../../harness/postgres.ts';
import { startReceiver, type Receiver } from '../../harness/receiver.ts';
import { startS3Server } from '../../harness/s3-server.ts';
import { fullOf, storeBackups } from '../../harness/stored-backups.ts';
import { createTestService, databaseUrl, until, type TestService } from '../../harness/service.ts';

/**
 * A system in which everything is right: a source of its own, another server for test restores, Temporal with all
 * schedules, a catalog, a bucket, a passphrase, somebody who is told, and a recovery kit.
 */
export interface HealthySystem {
  readonly place: string;
  readonly source: Cluster;
  readonly receiver: Receiver;
  readonly service: TestService;
  /** As they are but for these variables. */
  settings(changed?: Record<string, string>): Settings;
  sourceUrl(changed: { user?: string; database?: string; host?: string }): string;
  onSource(sql: string): Promise<pg.QueryResult>;
  schedules(): ScheduleDefinition[];
  untilListed(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function createHealthySystem(): Promise<HealthySystem> {
  const place = await mkdtemp(path.join(tmpdir(), 'doctor-'));
  await chmod(place, 0o711); // the server's user passes through
  const [source, store, receiver] = await Promise.all([
    startSource(place),
    startS3Server(),
    startReceiver(),
  ]);
  await store.createBucket('backups');
  const passphrase = path.join(place, 'passphrase');
  await writeFile(passphrase, 'correct horse');
  const service = await createTestService({
    DATABASE_URL: databaseUrl(source.connection('shop')),
    VERIFY_DATABASE_URL: databaseUrl(testCluster()),
    ALERT_WEBHOOK_URL: `${receiver.url}/hook`,
    BACKUP_AGE_PASSPHRASE_FILE: passphrase,
    ...{ AWS_S3_BUCKET: 'backups', AWS_ENDPOINT_URL_S3: store.endpoint, AWS_REGION: 'us-east-1' },
    AWS_ACCESS_KEY_ID: store.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
  });
  const settings: HealthySystem['settings'] = (changed) =>
    loadSettings({ environment: { ...service.environment, ...changed }, file: null });
  const schedules = () => [
    ...schedulesFor(settings().databases[0]!, settings().timeZone),
    ...generalSchedules,
  ];
  for (const each of schedules()) await ensureSchedule(service.client, each, true);
  const catalog = await openCatalog(settings().catalog!);
  await makeRecoveryKit({ catalog, settings: settings() }, { language: 'en' });
  await hostIdOf(service.stateDirectory);
  const stored = { id: fullOf('shop', 1), readers: ['passphrase'] };
  await storeBackups(service, catalog, [stored]);
  await catalog.close();
  return {
    ...{ place, source, receiver, service, settings, schedules },
    sourceUrl: (changed) => databaseUrl({ ...source.connection('shop'), ...changed }),
    onSource: (sql) => onServer(source, 'shop', sql),
    untilListed: (count) => untilListed(service, count),
    close: async () => {
      await service.close();
      await Promise.all([source.kill(), store.stop(), receiver.close()]);
      await removeTree(place);
    },
  };
}

async function startSource(place: string): Promise<Cluster> {
  const cluster = await startCluster({
    ...{ directory: path.join(place, 'source'), socketDirectory: path.join(place, 's') },
    ...{ user: clusterUser(), configuration: { fsync: 'off' } },
  });
  await onServer(cluster, 'postgres', 'CREATE DATABASE shop');
  const sql = `CREATE TABLE orders (id int PRIMARY KEY); CREATE ROLE reader LOGIN;
    CREATE ROLE knower LOGIN; GRANT pg_read_all_data TO knower`;
  await onServer(cluster, 'shop', sql);
  return cluster;
}

async function onServer(cluster: Cluster, name: string, sql: string): Promise<pg.QueryResult> {
  const { host, port, user, database } = cluster.connection(name);
  const client = new pg.Client({ host, port, user, database });
  await client.connect();
  return client.query(sql).finally(() => client.end());
}

// What the server lists is some moments old.
async function untilListed({ client }: TestService, count: number): Promise<void> {
  await until(`${count} schedules are listed`, async () => {
    const found: string[] = [];
    for await (const { scheduleId } of client.schedule.list()) found.push(scheduleId);
    return found.length === count;
  });
}

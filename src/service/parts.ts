import { join } from 'node:path';
import { openCatalog, type Catalog } from '../catalog/catalog.ts';
import type { Settings } from '../config.ts';
import { clusterPaths, startCluster, type Cluster } from '../postgres/cluster.ts';
import type { Connection } from '../postgres/connection.ts';
import { ensureDatabase } from '../postgres/ensure-database.ts';
import { ensureSampleDatabase } from '../postgres/sample-database.ts';
import { clusterUser } from '../system/os-user.ts';
import { startTemporalServer } from '../temporal/embedded.ts';
import { findTemporalCli } from '../temporal/executable.ts';
import { searchAttributes } from '../temporal/names.ts';
import { withSampleDatabase } from './sample.ts';
import type { Parts } from './service-file.ts';
import { linkTemporal, type TemporalLink } from './temporal-link.ts';

/** What a command needs of the world; a worker needs Temporal. */
export interface Needs {
  readonly temporal: boolean;
  readonly worker: boolean;
}

export interface PartsOptions {
  readonly settings: Settings;
  /** The settings as they are now, for a worker that stays. */
  readonly currentSettings: () => Settings;
  /** The user's cache directory: what lies there can be had again. */
  readonly cacheDirectory: string;
  readonly needs: Needs;
  /** `service` stays, and ends at once when told; `command` ends when nobody needs its parts any more. */
  readonly role: 'service' | 'command';
  readonly startWorker: StartWorker;
  /** A line for the person who waits: `starting Temporal`, … */
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What a worker is started with. */
export interface WorkerWorld {
  readonly settings: Settings;
  /** A service logs its work; a command shows its progress instead, and logs warnings. */
  readonly role: 'service' | 'command';
  /** The settings as they are now: read anew for each activity. */
  readonly currentSettings: () => Settings;
  readonly catalog: Catalog;
  readonly temporal: TemporalLink;
}

/** Starts the workers of this host; injected, because activities and workflows are wired in `worker-process.ts` alone. */
export type StartWorker = (
  world: WorkerWorld,
) => Promise<{ readonly ended: Promise<void>; stop(): Promise<void> }>;

export interface RunningParts {
  readonly parts: Omit<Parts, 'pid' | 'role'>;
  readonly settings: Settings;
  readonly catalog: Catalog;
  readonly temporal: TemporalLink;
  /** Rejects when the worker has failed; never settles otherwise. */
  readonly broken: Promise<never>;
  readonly stop: () => Promise<void>;
}

type Ending = () => Promise<void>;

const catalogDatabase = 'pma_catalog';
const temporalNamespace = 'default';

/** Starts what the settings do not name and the command needs; on failure what was started is stopped again. */
export async function startParts(options: PartsOptions): Promise<RunningParts> {
  const endings: Ending[] = [];
  const stop = async () => {
    for (const end of endings.splice(0).reverse()) await end();
  };
  try {
    return { ...(await startEach(options, endings)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startEach(
  options: PartsOptions,
  endings: Ending[],
): Promise<Omit<RunningParts, 'stop'>> {
  const [cluster, embedded] = await allStarted(
    startEmbeddedCluster(options, endings),
    startEmbeddedTemporal(options, endings),
  );
  const sample = cluster?.sample ?? null;
  const settings = withSampleDatabase(options.settings, sample);
  const catalog = await openCatalog(settings.catalog ?? requireCatalog(cluster));
  endings.push(() => catalog.close());
  const temporal = await linkTemporal(settings, embedded, options.needs.temporal);
  endings.push(() => temporal.close());
  const world = {
    ...{ settings, catalog, temporal, role: options.role },
    currentSettings: () => withSampleDatabase(options.currentSettings(), sample),
  };
  return {
    parts: {
      catalog: settings.catalog === null ? requireCatalog(cluster) : null,
      temporal: embedded,
      worker: options.needs.worker,
      sample,
    },
    ...{ settings, catalog, temporal },
    ...(await startWorkers(options, world, endings)),
  };
}

// Both are waited for even when one fails: what started late must be stopped, too.
async function allStarted<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return [await first, await second];
}

async function startWorkers(
  { needs, report, startWorker }: PartsOptions,
  world: WorkerWorld,
  endings: Ending[],
): Promise<Pick<RunningParts, 'broken'>> {
  const never = new Promise<never>(() => undefined);
  if (!needs.worker) return { broken: never };
  report('starting the worker');
  const worker = await startWorker(world);
  endings.push(() => worker.stop());
  const broken = worker.ended.then(() => never);
  broken.catch(() => undefined); // told to whoever waits for it; must not count as unhandled until then
  return { broken };
}

interface EmbeddedCluster {
  readonly catalog: Connection;
  readonly sample: Connection | null;
}

// One private PostgreSQL holds the catalog and, where the settings name no database, the sample.
async function startEmbeddedCluster(
  { settings, needs, report, signal }: PartsOptions,
  endings: Ending[],
): Promise<EmbeddedCluster | undefined> {
  const wantsSample = settings.databases.length === 0;
  if (settings.catalog !== null && !wantsSample) return undefined;
  report('starting PostgreSQL for the catalog');
  const user = clusterUser();
  const paths = await clusterPaths(join(settings.stateDirectory, 'postgres'), user);
  const cluster: Cluster = await startCluster({ ...paths, user, signal });
  endings.push(() => cluster.stop());
  const administration = cluster.connection('postgres');
  await ensureDatabase(administration, catalogDatabase);
  // Whoever only looks needs no data in it.
  if (wantsSample && needs.worker) await ensureSampleDatabase(administration, { report });
  return {
    catalog: cluster.connection(catalogDatabase),
    sample: wantsSample ? cluster.connection('sample') : null,
  };
}

async function startEmbeddedTemporal(
  options: PartsOptions,
  endings: Ending[],
): Promise<Parts['temporal']> {
  const { settings, needs, report, signal } = options;
  if (!needs.temporal || settings.temporal.address !== null) return null;
  const cli = await findTemporalCli({
    path: settings.temporal.cliPath ?? undefined,
    cacheDirectory: options.cacheDirectory,
    report,
    signal,
  });
  report('starting Temporal');
  const server = await startTemporalServer({
    cli,
    databaseFile: join(settings.stateDirectory, 'temporal', 'temporal.db'),
    logFile: join(settings.stateDirectory, 'log', 'temporal.log'),
    port: settings.ports.temporal,
    uiPort: settings.ports.temporalUi,
    namespace: temporalNamespace,
    retentionDays: 90,
    searchAttributes: Object.fromEntries(
      Object.values(searchAttributes).map(({ name }) => [name, 'Keyword' as const]),
    ),
    signal,
  });
  endings.push(() => server.stop());
  const { address, namespace, ui } = server;
  return { address, namespace, ui };
}

function requireCatalog(cluster: EmbeddedCluster | undefined): Connection {
  if (!cluster) throw new Error('the settings name no catalog and none was started');
  return cluster.catalog;
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection as TemporalConnection } from '@temporalio/client';
import pino from 'pino';
import { startServer, type Patience, type RunningServer } from '../../src/api/server.ts';
import { openCatalog, type Catalog } from '../../src/catalog/catalog.ts';
import type { Settings } from '../../src/config.ts';
import { createGate } from '../../src/service/access/login.ts';
import { addUser } from '../../src/service/access/users.ts';
import type { World } from '../../src/service/world.ts';
import type { Role } from '../../src/domain/access.ts';
import { createTestDatabase, type TestDatabase } from './postgres.ts';
import { testSettings } from './run-command.ts';
import { hostIdOf } from '../../src/system/host-id.ts';
import { testTemporal } from './temporal.ts';

export interface Asker {
  /** Asks below `/backup/api`, or anywhere when the path begins with `//`. */
  ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Response>;
  readonly cookie: string;
  readonly csrf: string;
}

/** The real server over a catalog of its own and the run's Temporal; no worker. */
export interface TestApi extends RunningServer {
  readonly origin: string;
  readonly stateDirectory: string;
  readonly database: TestDatabase;
  readonly catalog: Catalog;
  readonly world: World;
  /** Moves the clock of the throttle. */
  wait(milliseconds: number): void;
  nobody: Asker['ask'];
  /** A user of that role, logged in with a password of his own choice. */
  logIn(name: string, role: Role): Promise<Asker>;
}

export async function createTestApi(
  console: Partial<Settings['console']> = {},
  options: { readonly patience?: Patience } = {},
): Promise<TestApi> {
  const database = await createTestDatabase('api');
  const catalog = await openCatalog(database.connection);
  const { address, namespace } = testTemporal();
  const connection = await TemporalConnection.connect({ address });
  const client = new Client({ connection, namespace });
  const settings = testSettings();
  const stateDirectory = await mkdtemp(path.join(tmpdir(), 'pma-api-'));
  await hostIdOf(stateDirectory);
  const world = {
    settings: {
      ...settings,
      ...{ stateDirectory, location: path.join(stateDirectory, 'backups') },
      ports: { ...settings.ports, console: 0 },
      console: { ...settings.console, ...console },
    },
    catalog,
    temporal: { client, target: null, address, namespace, ui: 'http://ui.example' },
    joined: false,
    broken: new Promise<never>(() => undefined),
  } as unknown as World;
  let now = Date.now(); // stands still, however slow the machine is
  const tidy = async () => {
    await connection.close();
    await catalog.close();
    await database.drop();
    await rm(stateDirectory, { recursive: true });
  };
  const server = await startServer({
    world,
    currentSettings: () => world.settings,
    log: pino({ level: 'silent' }),
    gate: createGate(() => now),
    renewMilliseconds: 50,
    ...options,
  }).catch(async (error: unknown) => {
    await tidy();
    throw error;
  });
  const origin = new URL(server.url).origin;
  const nobody = askerOf(origin, {});
  return {
    ...{ origin, stateDirectory, database, catalog, world, nobody, url: server.url },
    wait: (milliseconds) => void (now += milliseconds),
    logIn: async (name, role) => {
      const { password } = await addUser(world, { name, role });
      const first = await session(origin, name, password);
      const own = `${name} chose a long one`;
      await first.ask('POST', '/session/password', { password, newPassword: own });
      return session(origin, name, own);
    },
    close: async () => {
      await server.close();
      await tidy();
    },
  };
}

/** Logs in and asks with the session's cookie and token. */
export async function session(origin: string, user: string, password: string): Promise<Asker> {
  const login = await askerOf(origin, {})('POST', '/session', { user, password });
  if (login.status !== 204) throw new Error(`login: ${login.status} ${await login.text()}`);
  const cookie = login.headers.getSetCookie()[0]!.split(';')[0]!;
  const me = await askerOf(origin, { cookie })('GET', '/session');
  const { csrf } = (await me.json()) as { csrf: string };
  return { cookie, csrf, ask: askerOf(origin, { cookie, 'x-csrf-token': csrf }) };
}

export function askerOf(origin: string, own: Record<string, string>): Asker['ask'] {
  return (method, path, body, headers = {}) =>
    fetch(path.startsWith('//') ? origin + path.slice(1) : `${origin}/backup/api${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...own,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
}

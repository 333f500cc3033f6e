import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestDatabase } from '../harness/postgres.ts';
import {
  createTestServiceFor,
  type ServiceWithDatabase,
  untilRunIn,
  ended,
} from '../harness/service.ts';

let database: TestDatabase;
let service: ServiceWithDatabase;

beforeAll(async () => {
  service = await createTestServiceFor('interrupted', '');
  ({ database } = service);
}, 180_000);

afterAll(() => service.close());

it.each(['SIGINT', 'SIGTERM'] as const)(
  '%s on a waiting command that runs its own worker cancels the run and leaves nothing behind',
  async (signal) => {
    const client = await database.connect();
    await client.query('CREATE TABLE IF NOT EXISTS t (n int); BEGIN; LOCK TABLE t');
    const command = service.spawnCli('backup', '--json');
    let output = '';
    command.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const run = await untilRunIn(service.client, 'dump');
    command.kill(signal);
    await ended(command);
    await client.query('ROLLBACK');
    await client.end();
    expect(command.exitCode).toBe(130);
    expect(JSON.parse(output)).toMatchObject({ error: { code: 'cancelled' } });
    expect((await run.describe()).status.name).toBe('CANCELLED');
    expect(await readdir(path.join(service.stateDirectory, 'work'))).toEqual([]);
  },
);

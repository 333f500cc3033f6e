import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../../src/postgres/session.ts';
import { examineDatabase } from '../../../src/service/doctor/database.ts';
import { removeTree } from '../../../src/system/files.ts';
import { hasPgbouncer, startPgbouncer, type Pooler } from '../../harness/pgbouncer.ts';
import { createTestDatabase, onCluster, type TestDatabase } from '../../harness/postgres.ts';
import { makeTestDump } from '../../harness/prove.ts';

const { signal } = new AbortController();

describe.skipIf(!hasPgbouncer()).each(['session', 'transaction'] as const)(
  'behind PgBouncer in %s mode',
  (mode) => {
    let database: TestDatabase;
    let pooler: Pooler;

    beforeAll(async () => {
      database = await createTestDatabase('pooled');
      pooler = await startPgbouncer(database.connection, mode);
      const client = await database.connect();
      await client.query('CREATE TABLE item AS SELECT generate_series(1, 100) AS i');
      await client.end();
    });
    afterAll(async () => {
      await pooler.stop();
      await database.drop();
    });

    const connection = () => ({ ...pooler.connection, database: database.name });

    test('doctor says so', async () => {
      const settings = { name: 'shop', connection: connection() };
      const { checks } = await examineDatabase(settings, signal);
      const found = checks.find(({ name }) => name.endsWith('pooler'));
      expect(found).toMatchObject(
        mode === 'session'
          ? { state: 'warning', message: 'there is one, in session mode' }
          : { state: 'failed', message: expect.stringContaining('transaction mode') as string },
      );
      expect(checks.filter(({ state }) => state === 'failed')).toHaveLength(
        mode === 'session' ? 0 : 1,
      );
    });

    test('a dump is made in sessions of its own, or refused, and the application meets nothing of it', async () => {
      const directory = await mkdtemp(path.join(tmpdir(), 'pma-pooled-'));
      const dumping = makeTestDump({ ...database, connection: connection() }, { directory });
      if (mode === 'session') await dumping;
      else
        await expect(dumping).rejects.toMatchObject({
          code: 'pooler_refused',
          message: expect.stringContaining('is a connection pooler in transaction mode') as string,
          hint: "name the server's own port in the settings, or a pool in session mode",
        });
      await removeTree(directory);
      const application = await connect(connection(), { applicationName: 'shop' });
      const { rows } = await application.query('SELECT count(*) FROM item');
      await application.end();
      expect(rows).toEqual([{ count: '100' }]);
    });

    test.runIf(mode === 'session')(
      'time-outs that the programs could not switch off are told',
      async () => {
        const other = await createTestDatabase('pooled');
        await onCluster(`ALTER DATABASE ${other.name} SET lock_timeout = '7s'`);
        const directory = await mkdtemp(path.join(tmpdir(), 'pma-pooled-'));
        const behind = { ...other, connection: { ...pooler.connection, database: other.name } };
        const failure = await makeTestDump(behind, { directory }).catch((error: unknown) => error);
        await removeTree(directory);
        await other.drop();

        expect(failure).toMatchObject({ code: 'pooler_refused' });
      },
    );

    test('a setting that it refuses is told', async () => {
      const given = { ...connection(), options: '-c work_mem=4MB' };
      await expect(connect(given, { applicationName: 'shop' })).rejects.toMatchObject({
        code: 'pooler_refused',
        message: expect.stringMatching(
          /pooler that refuses a setting: unsupported startup/,
        ) as string,
      });
    });
  },
);

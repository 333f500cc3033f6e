import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareSchemas, splitSchema } from '../../../src/domain/schema-entries.ts';
import type { SourceReading } from '../../../src/domain/source-reading.ts';
import { fingerprintTables, pinSession } from '../../../src/postgres/fingerprint.ts';
import { findServerPrograms } from '../../../src/postgres/programs.ts';
import { readProperties } from '../../../src/postgres/properties.ts';
import type { ScratchServer } from '../../../src/postgres/scratch.ts';
import { withSession } from '../../../src/postgres/session.ts';
import { listTables } from '../../../src/postgres/tables.ts';
import { removeTree } from '../../../src/system/files.ts';
import type { TestDatabase } from '../../harness/postgres.ts';
import { makeTestDump, type TestDump } from '../../harness/prove.ts';
import { startTestScratch } from '../../harness/scratch.ts';
import { createTortureDatabase } from '../../harness/torture.ts';

let database: TestDatabase;
let scratch: ScratchServer;
let dump: TestDump;
let place: string;

beforeAll(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'pma-by-hand-'));
  [database, scratch] = await Promise.all([createTortureDatabase(), startTestScratch()]);
  dump = await makeTestDump(database);
});

afterAll(async () => {
  await Promise.all([database.drop(), scratch.stop(), dump.remove(), removeTree(place)]);
});

/** The lines of the document's first block, for this artifact and database. */
async function documentedLines(artifact: string, name: string): Promise<string> {
  const file = path.join(import.meta.dirname, '../../../docs/restore-by-hand.md');
  const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(await readFile(file, 'utf8')) ?? [];
  return block.replaceAll('ARTIFACT', artifact).replaceAll('DATABASE', name);
}

async function shell(script: string): Promise<string> {
  const { directory } = await findServerPrograms();
  const { host, port, user } = scratch.connection;
  const { stdout } = await execa('sh', ['-ec', script], {
    cwd: place,
    env: {
      PATH: `${directory}:${process.env['PATH'] ?? ''}`,
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
    },
  });
  return stdout;
}

test('the documented lines restore an artifact with standard tools alone', async () => {
  await shell(`tar -c -C ${dump.directory} dump verify | zstd -q -o ${place}/by-hand.tar.zst`);
  await shell(await documentedLines('by-hand.tar.zst', 'by_hand'));

  const verify = (file: string) => readFile(path.join(dump.directory, 'verify', file), 'utf8');
  const source = JSON.parse(await verify('source.json')) as SourceReading;
  const connection = { ...scratch.connection, database: 'by_hand' };
  await withSession(connection, { applicationName: 'test' }, async (client) => {
    await pinSession(client);
    const tables = await fingerprintTables({ clients: [client], tables: await listTables(client) });
    expect(tables).toEqual(source.tables);
    const { owner, settings, comment, connectionLimit } = source.properties;
    expect(await readProperties(client)).toMatchObject({
      owner,
      settings,
      comment,
      connectionLimit,
    });
  });
  const before = splitSchema(await verify('schema-before.sql'));
  const restored = splitSchema(await shell('pg_dump --schema-only by_hand'));
  const { differences } = compareSchemas({ before, after: before, restored, namesOnly: false });
  expect(differences).toEqual([]);
});

import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noKeys } from '../../../src/artifact/encryption.ts';
import { artifactFile, verifyFile } from '../../../src/artifact/compression.ts';
import { seal } from '../../../src/artifact/seal.ts';
import { describedDump, dumpPath, type DumpFormat } from '../../../src/domain/dump-layout.ts';
import { compareSchemas, splitSchema } from '../../../src/domain/schema-entries.ts';
import type { SourceReading } from '../../../src/domain/source-reading.ts';
import { fingerprintTables, pinSession } from '../../../src/postgres/fingerprint.ts';
import { readLargeObjects } from '../../../src/postgres/large-objects.ts';
import { findServerPrograms } from '../../../src/postgres/programs.ts';
import { readProperties } from '../../../src/postgres/properties.ts';
import type { ScratchServer } from '../../../src/postgres/scratch.ts';
import type { DumpContent } from '../../../src/postgres/selection.ts';
import { readSequences } from '../../../src/postgres/sequences.ts';
import { withSession } from '../../../src/postgres/session.ts';
import { listTables } from '../../../src/postgres/tables.ts';
import { removeTree } from '../../../src/system/files.ts';
import { wholeDatabase, someTables } from '../../harness/kinds.ts';
import type { TestDatabase } from '../../harness/postgres.ts';
import { makeTestDump } from '../../harness/prove.ts';
import { startTestScratch } from '../../harness/scratch.ts';
import { createTortureDatabase } from '../../harness/torture.ts';

let database: TestDatabase;
let scratch: ScratchServer;
let place: string;
let document: string;

beforeAll(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'pma-by-hand-'));
  document = await readFile(
    path.join(import.meta.dirname, '../../../docs/restore-by-hand.md'),
    'utf8',
  );
  [database, scratch] = await Promise.all([createTortureDatabase(), startTestScratch()]);
});

afterAll(async () => {
  await Promise.all([database.drop(), scratch.stop(), removeTree(place)]);
});

/** The lines of the document's block of that title, for this backup and database. */
function documented(title: string, id: string, name: string): string {
  const start = document.indexOf(`\`\`\`sh ${title}\n`);
  expect(start, title).toBeGreaterThan(0);
  const block = document.slice(document.indexOf('\n', start), document.indexOf('\n```', start));
  return block.replaceAll(/\bID\b/g, id).replaceAll('DATABASE', name);
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

interface Stored {
  readonly id: string;
  readonly source: SourceReading;
  /** `verify/schema-before.sql` */
  readonly schema: string;
}

/** Dumps and seals, as a backup does; what is left are the stored files. */
async function store(id: string, content: DumpContent, format: DumpFormat): Promise<Stored> {
  const dump = await makeTestDump(database, { content, format, directory: path.join(place, id) });
  const verify = (file: string) => readFile(path.join(dump.directory, 'verify', file), 'utf8');
  const source = JSON.parse(await verify('source.json')) as SourceReading;
  const schema = await verify('schema-before.sql');
  const common = {
    directory: place,
    compression: 'zstd',
    level: 3,
    keys: noKeys,
    onBytes: () => undefined,
    onReadBack: () => undefined,
  } as const;
  const { signal } = new AbortController();
  const sealOne = (name: string, member: string, as: 'tar' | 'file') =>
    seal({ ...common, member, as, file: path.join(place, name), signal });
  const sealing = { compression: 'zstd', encryption: 'none' } as const;
  const artifact = artifactFile(id, { format, ...sealing });
  if (format === 'directory') await sealOne(artifact, id, 'tar');
  else {
    await sealOne(artifact, path.join(id, dumpPath(format)), 'file');
    await sealOne(verifyFile(id, sealing), path.join(id, 'verify'), 'tar');
  }
  await dump.remove();
  return { id, source, schema };
}

async function expectEqual(name: string, { source, schema }: Stored): Promise<void> {
  const { leftOut, kind } = describedDump(source);
  const connection = { ...scratch.connection, database: name };
  await withSession(connection, { applicationName: 'test' }, async (client) => {
    await pinSession(client);
    const tables = await fingerprintTables({ clients: [client], tables: await listTables(client) });
    expect(tables).toEqual(source.tables);
    expect(await readLargeObjectsIn(client)).toEqual(source.largeObjects);
    const values = await readSequences(client);
    for (const { schema: of, sequence, after } of source.sequences) {
      expect(values).toContainEqual({ schema: of, sequence, value: after });
    }
    const { owner, settings, comment, connectionLimit } = source.properties;
    if (kind !== 'data_only')
      expect(await readProperties(client)).toMatchObject({
        owner,
        settings,
        comment,
        connectionLimit,
      });
  });
  const missing = leftOut.map(
    ({ schema: of, table, name: key }) => `FK CONSTRAINT ${of}.${table} ${key}`,
  );
  const before = splitSchema(schema);
  const restored = splitSchema(await shell(`pg_dump --schema-only ${name}`));
  const { differences } = compareSchemas({ before, after: before, restored, namesOnly: false });
  expect(differences.map(({ entry, problem }) => [entry, problem])).toEqual(
    missing.map((entry) => [entry, 'missing']),
  );
}

async function readLargeObjectsIn(client: Parameters<typeof readLargeObjects>[0]) {
  await client.query('BEGIN READ ONLY');
  const reading = await readLargeObjects(client);
  await client.query('COMMIT');
  return reading;
}

test.each<[DumpFormat]>([['directory'], ['custom'], ['plain']])(
  'the documented lines restore a full backup in format %s with standard tools alone',
  async (format) => {
    const stored = await store(`torture_full_${format}`, wholeDatabase, format);
    const name = `full_${format}`;
    for (const title of [format, 'database', `${format} restore`])
      await shell(documented(title, stored.id, name));
    await expectEqual(name, stored);
  },
);

test.each<[DumpFormat]>([['directory'], ['plain']])(
  'the documented lines restore the schema, and the rows into it, in format %s',
  async (format) => {
    const schema = await store(
      `torture_schema_${format}`,
      { kind: 'schema_only', module: null },
      format,
    );
    const name = `two_steps_${format}`;
    for (const title of [format, 'database', `${format} restore`])
      await shell(documented(title, schema.id, name));
    await expectEqual(name, schema);

    const rows = await store(`torture_data_${format}`, { kind: 'data_only', module: null }, format);
    for (const title of [format, `${format} data_only`])
      await shell(documented(title, rows.id, name));
    await expectEqual(name, rows);
  },
);

test.each<[DumpFormat]>([['directory'], ['plain']])(
  'the documented lines restore a module in format %s into a new database',
  async (format) => {
    const stored = await store(`torture_full_some_${format}`, someTables, format);
    const name = `module_${format}`;
    for (const title of [format, 'database', `${format} module`])
      await shell(documented(title, stored.id, name));
    await expectEqual(name, stored);
    if (format === 'plain') return;

    await shell(
      `psql -q -d ${name} -c 'TRUNCATE circle_b, measured, uniq, watched, "组 织"."部门 ""main""" CASCADE'`,
    );
    await shell(documented('living', stored.id, name));
    await expectEqual(name, stored);
  },
);

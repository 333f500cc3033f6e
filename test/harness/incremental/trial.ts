import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { BaseFacts, Bucketing } from '../../../src/domain/incremental/base.ts';
import { chooseBucketing } from '../../../src/domain/incremental/base.ts';
import type { SequenceReading, TableFingerprint } from '../../../src/domain/source-reading.ts';
import {
  fingerprintAlgorithm,
  fingerprintTables,
  pinSession,
} from '../../../src/postgres/fingerprint.ts';
import { openBase, writeBase, type Base } from '../../../src/postgres/incremental/base-file.ts';
import { readBuckets } from '../../../src/postgres/incremental/base-reading.ts';
import { qualified } from '../../../src/postgres/incremental/buckets.ts';
import { findChanges, type Present } from '../../../src/postgres/incremental/changes.ts';
import {
  readExtensionRows,
  readLargeObjectFacts,
  readMaterializedViews,
  readServerMoment,
} from '../../../src/postgres/incremental/database-facts.ts';
import {
  eventTriggersOff,
  eventTriggersOn,
  readFiring,
} from '../../../src/postgres/incremental/firing.ts';
import { leaveMark } from '../../../src/postgres/incremental/mark.ts';
import { readTableFacts } from '../../../src/postgres/incremental/table-facts.ts';
import {
  finishChanges,
  partWriter,
  viewName,
  writeChanges,
} from '../../../src/postgres/incremental/write-changes.ts';
import { readLargeObjects } from '../../../src/postgres/large-objects.ts';
import { findClientProgram } from '../../../src/postgres/programs.ts';
import { readExtensions, readProperties } from '../../../src/postgres/properties.ts';
import { readSequences } from '../../../src/postgres/sequences.ts';
import { shareSnapshot } from '../../../src/postgres/snapshot.ts';
import { listTables } from '../../../src/postgres/tables.ts';
import { BackupError } from '../../../src/errors.ts';
import { removeTree } from '../../../src/system/files.ts';
import { createTestDatabase, type TestDatabase } from '../postgres.ts';

/** What an incremental came to. */
export interface Increment {
  /** Why it cannot follow the full; null: it was written. */
  readonly reason: string | null;
  readonly file: string;
  readonly bytes: number;
  /** Tables of which something is written. */
  readonly changed: readonly string[];
  /** What the source held at the incremental's own snapshot. */
  readonly tables: readonly TableFingerprint[];
  readonly sequences: readonly SequenceReading[];
}

/** A source and a copy of it to which incrementals are applied: the method alone, without pg_dump and workflow. */
export interface Trial {
  readonly source: TestDatabase;
  readonly copy: TestDatabase;
  /** Takes a base of the source, and makes the copy equal to it under the same snapshot. */
  full(): Promise<void>;
  /** Writes an incremental on that base. */
  increment(): Promise<Increment>;
  /** Applies a script with `psql -f`; its exit status and standard error. */
  apply(file: string): Promise<{ status: number; stderr: string }>;
  /** The schema of one of the two. */
  schemaOf(database: TestDatabase): Promise<string>;
  /** What the copy holds. */
  restored(): Promise<{ tables: TableFingerprint[]; sequences: string }>;
  close(): Promise<void>;
}

const { signal } = new AbortController();

export interface TrialOptions {
  /** Made in both databases. */
  readonly schema: string;
  readonly bucketing?: Bucketing;
  /** No DDL runs: pg_dump need not be asked for the schema each time. */
  readonly sameSchema?: boolean;
}

export async function startTrial({ schema, bucketing, sameSchema }: TrialOptions): Promise<Trial> {
  const [source, copy] = [await createTestDatabase('trial'), await createTestDatabase('copy')];
  const directory = await mkdtemp(path.join(tmpdir(), 'pma-trial-'));
  const [holder, one, two] = [
    await source.connect(),
    await source.connect(),
    await source.connect(),
  ];
  const target = await copy.connect();
  for (const client of [holder, target]) await client.query(schema);
  for (const client of [holder, one, two, target]) await pinSession(client);
  const { path: psql } = await findClientProgram('psql');
  const { path: pgDump } = await findClientProgram('pg_dump');
  const readers = [one, two] as const;
  const file = path.join(directory, 'base');
  let base: Base | undefined;

  const release = async (): Promise<void> => {
    for (const client of [holder, ...readers]) await client.query('COMMIT');
  };
  const share = async (): Promise<void> => {
    const options = { connection: source.connection, lastBlocker: () => undefined };
    for (let tries = 0; ; tries++) {
      try {
        await shareSnapshot(holder, readers, { ...options, lockTimeoutSeconds: 0.2 });
        return;
      } catch (error) {
        if (!(error instanceof BackupError) || error.code !== 'lock_conflict' || tries > 200)
          throw error;
        await release();
      }
    }
  };
  const environment = ({ connection: { host, port, user, database } }: TestDatabase) => ({
    env: { PATH: '', PGHOST: host, PGPORT: String(port), PGUSER: user, PGDATABASE: database },
    extendEnv: false,
  });
  const schemaOf = async (database: TestDatabase): Promise<string> =>
    (await execa(pgDump, ['--schema-only'], environment(database))).stdout;
  const present = async (): Promise<Present> => ({
    fingerprintAlgorithm,
    server: await readServerMoment(holder, 'one'),
    schemaSql: sameSchema ? '' : await schemaOf(source),
    rolesSql: '',
    properties: await readProperties(holder),
    extensions: await readExtensions(holder),
    extensionRows: await readExtensionRows(holder),
    largeObjects: await readLargeObjectFacts(holder, await readLargeObjects(holder)),
    filledViews: (await readMaterializedViews(holder)).filter(({ filled }) => filled).map(viewName),
  });

  return {
    source,
    copy,
    schemaOf,
    async full() {
      const before = await readSequences(one);
      await share();
      const tables = await listTables(holder);
      const facts = await readTableFacts(holder, tables);
      const bucketed = tables.map((table) => {
        const known = facts.get(table.oid)!;
        const chosen = bucketing ?? chooseBucketing(known);
        return { table, facts: known, bucketing: known.key ? chosen : null };
      });
      const buckets = await readBuckets({ clients: readers, tables: bucketed, file, signal });
      const now = await present();
      const firing = await readFiring(
        target,
        (await listTables(target)).map((facts) => ({ facts })),
      );
      await target.query(`BEGIN; SET LOCAL session_replication_role = replica`);
      await target.query(eventTriggersOff + firing.off);
      await copyTables(holder, target, tables.map(qualifiedLeaf));
      await target.query(firing.on + eventTriggersOn);
      await target.query('COMMIT');
      await release();
      const after = await readSequences(one);
      const sequences = after.map(({ schema: of, sequence, value }) => ({
        ...{ schema: of, sequence, after: value },
        before:
          before.find((each) => each.schema === of && each.sequence === sequence)?.value ?? null,
      }));
      for (const {
        schema: of,
        sequence,
        after: { value, isCalled },
      } of sequences)
        await target.query(`SELECT pg_catalog.setval($1::text::regclass, $2::int8, $3)`, [
          qualified({ schema: of, name: sequence }),
          value,
          isCalled,
        ]);
      const whole: Omit<BaseFacts, 'tables'> = {
        formatVersion: 1,
        backup: 'shop_full',
        ...now,
        sequences,
        mark: await leaveMark(one),
      };
      await writeBase(file, whole, buckets);
      base = await openBase(file);
    },
    async increment() {
      await share();
      const tables: TableFingerprint[] = [];
      const script = path.join(directory, 'changes.sql');
      const now = await present();
      const changes = await findChanges({
        isWhole: true,
        ...{ base: base!, now, holder, readers, signal },
        tables: await listTables(holder),
        onTable: (table) => void tables.push(table),
        write: partWriter(script),
      });
      const nothing = { file: script, bytes: 0, changed: [], tables, sequences: [] };
      if (typeof changes === 'string') {
        await release();
        return { reason: changes, ...nothing };
      }
      const common = { file: script, base: base!.facts, changes };
      const views = await readMaterializedViews(holder);
      await writeChanges({ ...common, id: 'shop_incremental', client: holder });
      await release();
      const sequences = (await readSequences(one)).map(({ schema: of, sequence, value }) => ({
        ...{ schema: of, sequence, before: null, after: value },
      }));
      await finishChanges({ ...common, sequences, views });
      const { size } = await stat(script);
      const changed = changes.tables.filter(({ dirty }) => dirty.length > 0);
      return {
        ...{ reason: null, file: script, bytes: size, tables, sequences },
        changed: changed.map(({ facts }) => facts.name),
      };
    },
    async apply(script) {
      const args = ['--no-psqlrc', `--file=${script}`];
      const done = await execa(psql, args, { ...environment(copy), reject: false });
      return { status: done.exitCode ?? -1, stderr: done.stderr };
    },
    async restored() {
      const tables = await fingerprintTables({
        clients: [target],
        tables: await listTables(target),
      });
      return { tables, sequences: JSON.stringify(await readSequences(target)) };
    },
    async close() {
      for (const client of [holder, one, two, target]) await client.end();
      await copy.drop();
      await source.drop();
      await removeTree(directory);
    },
  };
}

function qualifiedLeaf({ schema, name, columns }: Awaited<ReturnType<typeof listTables>>[number]) {
  const list = columns
    .filter(({ generated }) => !generated)
    .map((column) => pg.escapeIdentifier(column.name));
  return { name: qualified({ schema, name }), list: list.join(', ') };
}

async function copyTables(
  from: pg.Client,
  into: pg.Client,
  tables: readonly { name: string; list: string }[],
): Promise<void> {
  for (const { name } of tables) await into.query(`DELETE FROM ONLY ${name}`);
  for (const { name, list } of tables)
    await pipeline(
      from.query(copyTo(`COPY (SELECT ${list} FROM ONLY ${name}) TO STDOUT`)),
      into.query(copyFrom(`COPY ${name}${list === '' ? '' : ` (${list})`} FROM STDIN`)),
    );
}

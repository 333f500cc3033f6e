import type pg from 'pg';
import type { BaseFacts, TableBase } from '../../domain/incremental/base.ts';
import { compareSchemaTexts, type SchemaChanges } from '../../domain/incremental/schema-changes.ts';
import { planTables, type TablePlan } from '../../domain/incremental/table-plan.ts';
import {
  distrustDatabase,
  distrustServer,
  firstNewTransaction,
} from '../../domain/incremental/trust.ts';
import type { Fingerprint, TableFingerprint } from '../../domain/source-reading.ts';
import { fingerprintAlgorithm } from '../fingerprint.ts';
import type { TableDescription } from '../tables.ts';
import type { Base } from './base-file.ts';
import type { BucketedTable } from './buckets.ts';
import { compareBuckets, type RowChanges } from './compare-buckets.ts';
import { forEachTable } from './for-each-table.ts';
import { contradictsMark } from './mark.ts';
import { readWhole } from './read-whole.ts';
import { readTableFacts, type KnownTable } from './table-facts.ts';

/** What one table contributes to an incremental. */
export interface TableChange extends RowChanges, BucketedTable {
  /** null: it is new. */
  readonly was: TableBase | null;
  /** All rows are written, for those that were there. */
  readonly whole: boolean;
}

/** All that is written into an incremental, found out under one snapshot. */
export interface Changes {
  readonly firstNew: bigint;
  readonly schema: SchemaChanges;
  readonly tables: readonly TableChange[];
}

/** The present state, as far as it is not read from the tables. */
export type Present = Omit<BaseFacts, 'tables' | 'backup' | 'formatVersion' | 'sequences' | 'mark'>;

export interface FindChangesOptions {
  readonly base: Base;
  readonly now: Present;
  readonly holder: pg.Client;
  /** Sessions with the same snapshot. */
  readonly readers: readonly pg.Client[];
  /** Those whose rows are part of the backup. */
  readonly tables: readonly TableDescription[];
  /** Not only a module. */
  readonly isWhole: boolean;
  readonly signal: AbortSignal;
  readonly onTable?: (fingerprint: TableFingerprint) => void;
  /** Writes what a table contributes as soon as that is known, in the session that found it. */
  readonly write: (
    change: TableChange,
    by: { readonly client: pg.Client; readonly firstNew: bigint; readonly signal: AbortSignal },
  ) => Promise<void>;
}

/** Finds what changed since the base; a text says why only a full backup can tell. */
export async function findChanges(options: FindChangesOptions): Promise<Changes | string> {
  const { base, now, holder, tables } = options;
  const schema = compareDatabases(base.facts, now);
  if (typeof schema === 'string') return schema;
  if (!options.isWhole && schema.created.length + schema.dropped.length > 0)
    return 'tables were made or dropped: the incremental of a module carries rows alone';
  const { mark } = base.facts;
  if (mark && (await contradictsMark(holder, mark))) return otherHistory;
  const facts = await readTableFacts(holder, tables);
  const known = tables.flatMap(({ oid }) => facts.get(oid) ?? []);
  const plan = planTables({ base: base.facts.tables, now: known, schema });
  if (typeof plan === 'string') return plan;
  const firstNew = firstNewTransaction(base.facts.server);
  const found = await readTables(options, plan, firstNew);
  const reason = found.find((result) => typeof result === 'string');
  if (reason !== undefined) return reason;
  const changes = found.filter((result) => typeof result !== 'string');
  return { firstNew, schema, tables: changes.toSorted(byName) };
}

/** The script is the same whichever session was the first with a table. */
function byName(one: TableChange, other: TableChange): number {
  const [a, b] = [one, other].map(({ facts }) => `${facts.schema}.${facts.name}`) as [
    string,
    string,
  ];
  return a < b ? -1 : Number(a > b);
}

const otherHistory =
  'the server does not know the transactions that followed the full: it is another one, or its storage was set back';

function compareDatabases(base: BaseFacts, now: Present): SchemaChanges | string {
  if (base.fingerprintAlgorithm !== fingerprintAlgorithm)
    return `the full's fingerprints are of kind '${base.fingerprintAlgorithm}', this version reads '${fingerprintAlgorithm}'`;
  const reason = distrustServer(base.server, now.server) ?? distrustDatabase(base, now);
  if (reason !== null) return reason;
  if (base.schemaSql === null) return 'the schema changed while the full was made';
  if (now.schemaSql === null) return 'the schema is being changed';
  return compareSchemaTexts(base.schemaSql, now.schemaSql);
}

type Task = BucketedTable & Pick<TableChange, 'was' | 'whole'>;

async function readTables(
  options: FindChangesOptions,
  plan: TablePlan<KnownTable>,
  firstNew: bigint,
): Promise<(TableChange | string)[]> {
  const { base, readers: clients, signal, onTable } = options;
  const tasks = tasksOf(plan, options.tables);
  const results = await forEachTable(
    { clients, tables: tasks, signal },
    async (queue, client, _, stop) => {
      const found: (TableChange | string)[] = [];
      for (const task of queue) {
        const { was, whole } = task;
        const result =
          was && !whole
            ? await compareBuckets({ client, base, table: task, was, firstNew, signal: stop })
            : asWhole(task, await readWhole(client, task, stop));
        if (typeof result === 'string') return [...found, result]; // nothing more needs to be known
        const change = { ...task, ...result };
        found.push(change);
        if (change.dirty.length > 0)
          await options.write(change, { client, firstNew, signal: stop });
        const { schema, name } = task.facts;
        onTable?.({ schema, table: name, ...result.fingerprint });
      }
      return found;
    },
  );
  return results.flat();
}

function tasksOf(
  { byRows, whole, created }: TablePlan<KnownTable>,
  tables: readonly TableDescription[],
): Task[] {
  const descriptions = new Map(tables.map((table) => [table.oid, table]));
  const taskOf = (now: KnownTable, was: TableBase | null, isWhole: boolean): Task[] => {
    const table = descriptions.get(now.oid);
    const bucketing = was && !isWhole ? was.bucketing : null;
    return table ? [{ table, facts: now, bucketing, was, whole: isWhole }] : [];
  };
  return [
    ...byRows.flatMap(({ now, was }) => taskOf(now, was, false)),
    ...whole.flatMap(({ now, was }) => taskOf(now, was, true)),
    ...created.flatMap((now) => taskOf(now, null, true)),
  ];
}

/** A table that is written whole has one bucket, clean or not. */
function asWhole({ was }: Task, fingerprint: Fingerprint): RowChanges {
  const same = was
    ? was.rows === fingerprint.rows && was.hash === fingerprint.hash
    : fingerprint.rows === 0;
  return {
    fingerprint,
    dirty: same ? [] : [0],
    keyed: [],
    freshRows: same ? 0 : fingerprint.rows,
  };
}

import { sql, type Selectable, type SelectQueryBuilder } from 'kysely';
import type { BackupSummary, Timings } from '../domain/backup.ts';
import { selfTestDatabase } from '../domain/self-test.ts';
import type { BackupCatalog, BackupFilter } from './contract/backups.ts';
import type {
  BackupsTable,
  CatalogDatabase,
  CopiesTable,
  HoldsTable,
  ProofsTable,
  Tables,
} from './tables.ts';

type Methods = Pick<BackupCatalog, 'summary' | 'list' | 'count' | 'newest' | 'find'>;

/** What people and programs are told of backups. */
export function summaryMethods(db: CatalogDatabase): Methods {
  const list: BackupCatalog['list'] = (filter) => listSummaries(db, filter);
  const newest: BackupCatalog['newest'] = async (filter) =>
    (await list({ ...filter, limit: 1 }))[0];
  const summary: BackupCatalog['summary'] = async (id) => {
    const rows = await selectBackups(db).where('id', '=', id).execute();
    return (await completed(db, rows))[0];
  };
  return {
    ...{ list, newest, summary },
    async count(filter) {
      const counted = db.selectFrom('backups').select(sql<number>`count(*)::int`.as('count'));
      return (await narrowed(counted, filter).executeTakeFirstOrThrow()).count;
    },
    async find(idOrLatest, database) {
      if (idOrLatest === 'latest') {
        // One that a whole database can be restored from.
        const whole = { kind: 'full', module: null } as const;
        const series = { ...whole, ...(database === undefined ? {} : { database }) };
        const proven = await newest({ ...series, states: ['proven'] });
        return proven ?? newest({ ...series, states: ['unproven'] });
      }
      const found = await summary(idOrLatest);
      return database === undefined || found?.database === database ? found : undefined;
    },
  };
}

const summaryColumns = [
  'id',
  'kind',
  'database',
  'module',
  'state',
  'base',
  'changes',
  'reason',
  'file',
  'bytes',
  'sha256',
  'timings',
] as const;
type BackupRow = Pick<Selectable<BackupsTable>, (typeof summaryColumns)[number]>;

function selectBackups(db: CatalogDatabase) {
  return db.selectFrom('backups').select(summaryColumns);
}

async function listSummaries(
  db: CatalogDatabase,
  filter: BackupFilter & { limit?: number; offset?: number },
): Promise<BackupSummary[]> {
  const { limit = 100, offset = 0 } = filter;
  const rows = await narrowed(selectBackups(db), filter)
    .orderBy('triggered_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(offset)
    .execute();
  return completed(db, rows);
}

function narrowed<O>(
  query: SelectQueryBuilder<Tables, 'backups', O>,
  { database, kind, module, states, before }: BackupFilter,
): SelectQueryBuilder<Tables, 'backups', O> {
  let narrow =
    database === undefined
      ? query.where('database', '<>', selfTestDatabase)
      : query.where('database', '=', database);
  if (kind !== undefined) narrow = narrow.where('kind', '=', kind);
  if (module !== undefined) narrow = narrow.where('module', module === null ? 'is' : '=', module);
  if (states !== undefined) narrow = narrow.where('state', 'in', states);
  if (before === undefined) return narrow;
  return narrow.where((eb) =>
    eb(
      eb.refTuple('triggered_at', 'id'),
      '<',
      eb
        .selectFrom('backups as other')
        .select(['other.triggered_at', 'other.id'])
        .where('other.id', '=', before)
        .$asTuple('triggered_at', 'id'),
    ),
  );
}

/** Adds copies, newest proofs and holds: three queries, however many backups there are. */
async function completed(
  db: CatalogDatabase,
  rows: readonly BackupRow[],
): Promise<BackupSummary[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const copies = await db
    .selectFrom('copies')
    .selectAll()
    .where('backup_id', 'in', ids)
    .orderBy('destination')
    .orderBy('host')
    .execute();
  const proofs = await db
    .selectFrom('proofs')
    .select(['backup_id', 'state', 'reason', 'seconds', 'tables', 'rows', 'mismatches'])
    .distinctOn('backup_id')
    .where('backup_id', 'in', ids)
    .orderBy('backup_id')
    .orderBy('started_at', 'desc')
    .execute();
  const holds = await db.selectFrom('holds').selectAll().where('backup_id', 'in', ids).execute();
  const holdOf = new Map(holds.map((hold) => [hold.backup_id, hold]));
  const newestProofs = new Map(proofs.map((proof) => [proof.backup_id, proof]));
  return rows.map((row) => {
    const ownCopies = copies.filter((copy) => copy.backup_id === row.id);
    return {
      ...toSummary(row, ownCopies, newestProofs.get(row.id)),
      hold: toHold(holdOf.get(row.id)),
    };
  });
}

function toSummary(
  row: BackupRow,
  copies: readonly Selectable<CopiesTable>[],
  proof: Omit<Selectable<ProofsTable>, 'id' | 'started_at' | 'report'> | undefined,
): Omit<BackupSummary, 'hold'> {
  const { id, kind, database, module, state, base, changes, reason, timings } = row;
  return {
    ...{ id, kind, database, module, state, base, changes, reason },
    artifact: artifactOf(row, copies),
    copies: copies.map(({ destination, uri, state: copyState }) => ({
      ...{ destination, uri },
      state: copyState,
    })),
    proof: proof ? proofOf(proof) : null,
    timings: timings ?? noTimings,
  };
}

function toHold(row: Selectable<HoldsTable> | undefined): BackupSummary['hold'] {
  return row ? { by: row.held_by, reason: row.reason, at: row.held_at.toISOString() } : null;
}

const noTimings: Timings = {
  dumped: null,
  sealed: null,
  offsite: null,
  proven: null,
  total: null,
};

/** `path` is where the artifact can be had: a copy on a host's disk if there is one, else any. */
function artifactOf(
  { file, bytes, sha256 }: BackupRow,
  copies: readonly Selectable<CopiesTable>[],
): BackupSummary['artifact'] {
  if (file === null || bytes === null || sha256 === null) return null;
  const copy = copies.find(({ host }) => host !== '') ?? copies[0];
  return { path: copy?.uri ?? file, bytes: Number(bytes), sha256 };
}

function proofOf(
  proof: Omit<Selectable<ProofsTable>, 'id' | 'started_at' | 'report'>,
): BackupSummary['proof'] {
  const { state, tables, rows, mismatches, seconds, reason } = proof;
  return { state, tables, rows: Number(rows), mismatches, seconds, reason };
}

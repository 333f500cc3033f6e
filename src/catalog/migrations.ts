import { randomBytes } from 'node:crypto';
import { sql, type Kysely, type Migration, type MigrationProvider } from 'kysely';
import { addSubjects, createAccessTables } from './access-tables.ts';

/** In the order of their names; one that was released is never changed. */
const migrations: Record<string, Migration> = {
  '0001_backups': { up: createTables },
  '0003_restores': { up: statements(() => restores) },
  '0004_holds': { up: statements(() => [...holds, ...deletions]) },
  '0008_watch': { up: statements(() => watch) },
  '0009_access': { up: statements(() => createAccessTables) },
  '0010_conditions': { up: statements(() => conditions) },
  '0011_subjects': { up: statements(() => addSubjects) },
  '0012_readings': { up: statements(() => readings) },
  '0013_runs': { up: statements(() => [turns]) },
  '0014_changes': { up: statements(() => [addChanges]) },
  '0015_identity': { up: statements(() => identity()) },
  '0016_reach': { up: statements(() => reach) },
  '0017_figures': { up: statements(() => figures) },
  '0018_keys': { up: statements(() => keys) },
  '0019_tested': { up: statements(() => tested) },
  '0020_versions': { up: statements(() => [addVersions]) },
  '0021_codes': { up: statements(() => ['ALTER TABLE pma_backup.alarms ADD code text']) },
};

export const migrationProvider: MigrationProvider = {
  getMigrations: () => Promise.resolve(migrations),
};

async function createTables(db: Kysely<unknown>): Promise<void> {
  await statements(() => [backups, copies, proofs, leases, alarms].flat())(db);
}

function statements(list: () => readonly string[]) {
  return async (db: Kysely<unknown>): Promise<void> => {
    for (const statement of list()) await sql.raw(statement).execute(db);
  };
}

const backups = [
  `CREATE TABLE pma_backup.backups (
     id text PRIMARY KEY,
     database text NOT NULL,
     kind text NOT NULL,
     module text,
     state text NOT NULL,
     base text,
     reason text,
     workflow_id text NOT NULL,
     run_id text NOT NULL,
     queue text NOT NULL,
     triggered_at timestamptz NOT NULL,
     snapshot_at timestamptz,
     finished_at timestamptz,
     file text,
     bytes bigint,
     sha256 text,
     dump_bytes bigint,
     tables integer,
     rows bigint,
     timings jsonb,
     manifest jsonb
   )`,
  `CREATE INDEX backups_newest ON pma_backup.backups (triggered_at DESC, id DESC)`,
  `CREATE INDEX backups_of_database ON pma_backup.backups (database, triggered_at DESC, id DESC)`,
  `CREATE INDEX backups_in_state ON pma_backup.backups (database, state, triggered_at DESC, id DESC)`,
  `CREATE INDEX backups_running ON pma_backup.backups (triggered_at) WHERE state = 'running'`,
];

const copies = [
  `CREATE TABLE pma_backup.copies (
     backup_id text NOT NULL REFERENCES pma_backup.backups ON DELETE CASCADE,
     destination text NOT NULL,
     host text NOT NULL,
     uri text NOT NULL,
     key text NOT NULL,
     bytes bigint NOT NULL,
     sha256 text NOT NULL,
     state text NOT NULL,
     checked_at timestamptz,
     created_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (backup_id, destination, host)
   )`,
];

const proofs = [
  `CREATE TABLE pma_backup.proofs (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     backup_id text NOT NULL REFERENCES pma_backup.backups ON DELETE CASCADE,
     state text NOT NULL,
     reason text,
     started_at timestamptz NOT NULL,
     seconds double precision NOT NULL,
     tables integer NOT NULL,
     rows bigint NOT NULL,
     mismatches integer NOT NULL,
     report jsonb NOT NULL,
     UNIQUE (backup_id, started_at)
   )`,
];

const leases = [
  `CREATE TABLE pma_backup.leases (
     resource text NOT NULL,
     slot integer NOT NULL,
     workflow_id text NOT NULL,
     run_id text NOT NULL,
     since timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (resource, slot)
   )`,
  `CREATE UNIQUE INDEX leases_owner ON pma_backup.leases (workflow_id, run_id, resource)`,
];

const alarms = [
  `CREATE TABLE pma_backup.alarms (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     key text NOT NULL,
     database text,
     message text NOT NULL,
     hint text,
     raised_at timestamptz NOT NULL DEFAULT now(),
     last_seen_at timestamptz NOT NULL DEFAULT now(),
     cleared_at timestamptz
   )`,
  `CREATE UNIQUE INDEX alarms_open ON pma_backup.alarms (key) WHERE cleared_at IS NULL`,
];

const restores = [
  `CREATE TABLE pma_backup.restores (
     workflow_id text NOT NULL,
     run_id text NOT NULL,
     backup text NOT NULL,
     target text NOT NULL,
     restoring text NOT NULL,
     secret text,
     state text NOT NULL,
     reason text,
     tidy boolean NOT NULL DEFAULT false,
     started_at timestamptz NOT NULL DEFAULT now(),
     finished_at timestamptz,
     summary jsonb,
     PRIMARY KEY (workflow_id, run_id)
   )`,
  `CREATE INDEX restores_untidy ON pma_backup.restores (started_at) WHERE NOT tidy`,
  `CREATE TABLE pma_backup.one_time_secrets (
     id text PRIMARY KEY,
     sealed bytea NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now()
   )`,
];

const holds = [
  `CREATE TABLE pma_backup.holds (
     backup_id text PRIMARY KEY REFERENCES pma_backup.backups ON DELETE CASCADE,
     held_by text NOT NULL,
     reason text,
     held_at timestamptz NOT NULL
   )`,
];

const deletions = [
  `ALTER TABLE pma_backup.copies
     ADD locked_until timestamptz,
     ADD deleted_at timestamptz,
     ADD deleted_by text,
     ADD delete_reason text,
     ADD removed_at timestamptz`,
  `CREATE INDEX copies_to_remove ON pma_backup.copies (host)
     WHERE state = 'deleted' AND removed_at IS NULL`,
  // A copy that arrived was held against its sha256: that was its first check.
  `UPDATE pma_backup.copies SET checked_at = created_at WHERE state = 'good' AND checked_at IS NULL`,
];

const watch = [
  `ALTER TABLE pma_backup.alarms
     ADD COLUMN told_at timestamptz,
     ADD COLUMN told_by text,
     ADD COLUMN times_told integer NOT NULL DEFAULT 0,
     ADD COLUMN end_told_at timestamptz`,
  `CREATE INDEX alarms_to_tell ON pma_backup.alarms (id) WHERE end_told_at IS NULL`,
  `CREATE INDEX alarms_told_by ON pma_backup.alarms (told_by)`,
];

// What lies in a cloud may only have been compared by size and checksum so far.
const readings = [
  `ALTER TABLE pma_backup.copies ADD read_at timestamptz`,
  `UPDATE pma_backup.copies SET read_at = checked_at WHERE host <> ''`,
];

const conditions = [
  `CREATE TABLE pma_backup.conditions (
     topic text NOT NULL,
     key text NOT NULL,
     since timestamptz NOT NULL,
     PRIMARY KEY (topic, key)
   )`,
];
const turns = `CREATE TABLE pma_backup.turns (
   id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
   workflow_id text NOT NULL,
   run_id text NOT NULL,
   resources jsonb NOT NULL,
   due_at timestamptz NOT NULL,
   until timestamptz,
   UNIQUE (workflow_id, run_id)
 )`;

// Null: the bucket keeps no versions, or the copy was stored before they were written down.
const addVersions = `ALTER TABLE pma_backup.copies ADD versions jsonb`;

const addChanges = `ALTER TABLE pma_backup.backups ADD changes jsonb`;

// A catalog that was made anew is another one: by its id its own backups are told from those of the lost one.
const identity = () => [
  `CREATE TABLE pma_backup.identity (
     id text PRIMARY KEY,
     brought_from text,
     brought_at timestamptz
   )`,
  `INSERT INTO pma_backup.identity (id) VALUES ('${randomBytes(6).toString('hex')}')`,
];

// So that 100,000 backups are counted, paged, filtered and summed up without reading the rows themselves, which carry
// manifests. An id begins with the database's name, in which there is no `_`.
const reach = [
  `DROP INDEX pma_backup.backups_newest`,
  `CREATE INDEX backups_newest ON pma_backup.backups (triggered_at DESC, id DESC, kind, state, module, database)
     INCLUDE (bytes)`,
  `CREATE INDEX backups_counted ON pma_backup.backups (database, state, kind, module)`,
  `ALTER TABLE pma_backup.copies
     ADD database text NOT NULL GENERATED ALWAYS AS (split_part(backup_id, '_', 1)) STORED`,
  `CREATE INDEX copies_counted ON pma_backup.copies (database, destination, state) INCLUDE (bytes)`,
];

// The same for the numbers of each series, and for how old what protects a database is. When a backup last passed a test
// restore stands beside it: the proofs themselves carry reports.
const figures = [
  `ALTER TABLE pma_backup.backups ADD last_proven_at timestamptz`,
  `UPDATE pma_backup.backups SET last_proven_at = passed.at
     FROM (SELECT backup_id, max(started_at) AS at FROM pma_backup.proofs WHERE state = 'proven' GROUP BY backup_id) passed
     WHERE backup_id = id`,
  `CREATE INDEX backups_measured ON pma_backup.backups (database, kind, module, state)
     INCLUDE (triggered_at, snapshot_at, finished_at, last_proven_at, bytes)`,
  `CREATE INDEX backups_protecting ON pma_backup.backups (database, snapshot_at DESC, id)
     WHERE state = 'proven' AND module IS NULL AND kind IN ('full', 'incremental') AND snapshot_at IS NOT NULL`,
  `CREATE INDEX copies_offsite ON pma_backup.copies (database, backup_id)
     WHERE host = '' AND state IN ('good', 'locked')`,
];

// Who could open a backup, so that nobody has to read 100,000 manifests for it every quarter of an hour.
const keys = [
  `ALTER TABLE pma_backup.backups
     ADD readers jsonb GENERATED ALWAYS AS (manifest -> 'artifact' -> 'readers') STORED`,
  `CREATE INDEX backups_sealed ON pma_backup.backups (readers, database, id) WHERE readers IS NOT NULL`,
  `CREATE TABLE pma_backup.key_holders (
     host text PRIMARY KEY,
     keys text[] NOT NULL,
     seen_at timestamptz NOT NULL
   )`,
];

// Those that passed a test restore of what was stored, to be found without reading the others.
const tested = [
  `CREATE INDEX backups_tested ON pma_backup.backups (database, last_proven_at DESC)
     WHERE last_proven_at > finished_at AND module IS NULL AND kind IN ('full', 'incremental')`,
];

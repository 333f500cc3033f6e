import type { Generated, GeneratedAlways, JSONColumnType, Kysely } from 'kysely';
import type { BackupKind } from '../domain/backup-name.ts';
import type { BackupState, CopyState, Timings } from '../domain/backup.ts';
import type { FileVersions } from '../domain/file-versions.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { Proof, ProofState } from '../domain/proof.ts';
import type { RestoreSummary } from '../domain/restore.ts';
import type { CarriedChanges } from '../domain/source-reading.ts';
import type { ErrorCode } from '../errors.ts';
import type { AuditTable, SessionsTable, TokensTable, UsersTable } from './access-tables.ts';

/** PostgreSQL's bigint: `pg` gives text. Ours are bytes and counts, far below 2^53. */
type BigInteger = number | string;

export interface BackupsTable {
  id: string;
  database: string;
  kind: BackupKind;
  module: string | null;
  state: BackupState;
  base: string | null;
  reason: string | null;
  workflow_id: string;
  run_id: string;
  queue: string;
  triggered_at: Date;
  snapshot_at: Date | null;
  finished_at: Date | null;
  /** When the newest of its test restores that it passed began. */
  last_proven_at: Date | null;
  file: string | null;
  bytes: BigInteger | null;
  sha256: string | null;
  dump_bytes: BigInteger | null;
  tables: number | null;
  rows: BigInteger | null;
  changes: JSONColumnType<CarriedChanges> | null;
  timings: JSONColumnType<Timings> | null;
  manifest: JSONColumnType<Manifest> | null;
  /** The keys that open it, of its manifest; null: it is not encrypted. */
  readers: GeneratedAlways<string[] | null>;
}

export interface CopiesTable {
  backup_id: string;
  /** That the id begins with. */
  database: GeneratedAlways<string>;
  destination: string;
  /** Empty where every host can read it: part of the key. */
  host: string;
  uri: string;
  key: string;
  bytes: BigInteger;
  sha256: string;
  state: CopyState;
  checked_at: Date | null;
  /** When it was last read whole and found good; null: never since it was stored. */
  read_at: Date | null;
  created_at: Generated<Date>;
  locked_until: Date | null;
  /** When it was decided that it is deleted. */
  deleted_at: Date | null;
  /** The id of the run that did. */
  deleted_by: string | null;
  delete_reason: string | null;
  /** When its last file was gone; null with state `deleted`: there may be some left. */
  removed_at: Date | null;
  /** Of each of its files, in a bucket that keeps versions. */
  versions: JSONColumnType<FileVersions> | null;
}

export interface HoldsTable {
  backup_id: string;
  held_by: string;
  reason: string | null;
  held_at: Date;
}

export interface ProofsTable {
  id: Generated<BigInteger>;
  backup_id: string;
  state: ProofState;
  reason: string | null;
  started_at: Date;
  seconds: number;
  tables: number;
  rows: BigInteger;
  mismatches: number;
  report: JSONColumnType<Proof>;
}

export interface LeasesTable {
  resource: string;
  slot: number;
  workflow_id: string;
  run_id: string;
  since: Generated<Date>;
}

export interface TurnsTable {
  id: Generated<BigInteger>;
  workflow_id: string;
  run_id: string;
  resources: JSONColumnType<{ resource: string; capacity: number }[]>;
  due_at: Date;
  until: Date | null;
}

export interface AlarmsTable {
  id: Generated<BigInteger>;
  key: string;
  database: string | null;
  message: string;
  hint: string | null;
  code: ErrorCode | null;
  raised_at: Generated<Date>;
  last_seen_at: Generated<Date>;
  cleared_at: Date | null;
  /** When people were last told of it, and by which run or process. */
  told_at: Date | null;
  told_by: string | null;
  /** How often they were told of it while it was open. */
  times_told: Generated<number>;
  /** When they were told that it is over. */
  end_told_at: Date | null;
}

export interface RestoresTable {
  workflow_id: string;
  run_id: string;
  backup: string;
  target: string;
  restoring: string;
  secret: string | null;
  state: BackupState;
  reason: string | null;
  /** Nothing half-made is left on the target. */
  tidy: Generated<boolean>;
  started_at: Generated<Date>;
  finished_at: Date | null;
  summary: JSONColumnType<RestoreSummary> | null;
}

export interface OneTimeSecretsTable {
  /** Hash of the reference. */
  id: string;
  sealed: Buffer;
  created_at: Generated<Date>;
}

/** Since when something holds, for alarms that are raised only after a while. */
export interface ConditionsTable {
  topic: string;
  key: string;
  since: Date;
}

/** Which keys the worker of a host has, by their public halves. */
export interface KeyHoldersTable {
  host: string;
  keys: string[];
  seen_at: Date;
}

/** One row: which catalog this is, and from which backup of another one it has users and audit log. */
export interface IdentityTable {
  id: string;
  brought_from: string | null;
  brought_at: Date | null;
}

export interface Tables {
  backups: BackupsTable;
  copies: CopiesTable;
  proofs: ProofsTable;
  leases: LeasesTable;
  turns: TurnsTable;
  alarms: AlarmsTable;
  conditions: ConditionsTable;
  key_holders: KeyHoldersTable;
  restores: RestoresTable;
  one_time_secrets: OneTimeSecretsTable;
  holds: HoldsTable;
  users: UsersTable;
  sessions: SessionsTable;
  tokens: TokensTable;
  audit: AuditTable;
  identity: IdentityTable;
}

export type CatalogDatabase = Kysely<Tables>;

/** All our tables are in a schema of their own: the catalog may share a database with others. */
export const catalogSchema = 'pma_backup';

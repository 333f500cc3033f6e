import type { BackupKind, BackupName } from '../domain/backup-name.ts';
import type { BackupState, BackupSummary, CopyState, Timings } from '../domain/backup.ts';
import type { Hold } from '../domain/hold.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { Proof } from '../domain/proof.ts';
import type { StoredBackup } from '../domain/recovery-point.ts';
import type { RestoreSummary } from '../domain/restore.ts';
import type { RetentionBackup } from '../domain/retention.ts';
import type { CopyToCheck } from '../domain/run.ts';
import type { Secret } from '../secret.ts';
import type { AccessCatalog } from './access-contract.ts';
import type { OwnRowsCatalog } from './own-rows-contract.ts';

/** A workflow run, the owner of backups and leases. */
export interface RunOwner {
  readonly workflowId: string;
  readonly runId: string;
}

export interface NewBackup extends RunOwner {
  readonly name: BackupName;
  readonly triggeredAt: Date;
  /** Task queue of the host that holds the files of the run. */
  readonly queue: string;
  /** The full that an incremental belongs to. */
  readonly base?: string;
}

export interface BackupEnd {
  readonly state: Exclude<BackupState, 'running'>;
  /** One line: why it is not proven. */
  readonly reason: string | null;
  /** There is an artifact. */
  readonly manifest?: Manifest;
  readonly timings?: Timings;
}

export interface RunningBackup extends RunOwner {
  readonly id: string;
  readonly database: string;
  readonly kind: BackupKind;
  readonly queue: string;
}

export interface CatalogCopy {
  readonly backup: string;
  readonly destination: string;
  /** The host that can read it; null: every host can. */
  readonly host: string | null;
  readonly uri: string;
  readonly key: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly state: CopyState;
}

export interface CheckedState extends CopyName {
  readonly state: CopyState;
  /** Not read, only compared by size and checksum. */
  readonly glance?: boolean;
}

/** One copy, by what makes it one. */
export type CopyName = Pick<CatalogCopy, 'backup' | 'destination' | 'host'>;

export interface Deletion extends CopyName {
  readonly reason: string;
  /** The id of the run that deletes it. */
  readonly by: string;
}

/** What a run has deleted so far. */
export interface Deleted {
  readonly count: number;
  readonly bytes: number;
  /** The first of them, in the order of their deletion. */
  readonly copies: readonly (CopyName & { readonly bytes: number; readonly reason: string })[];
}

/** A backup by its manifest, and the copy that it was found with. */
export interface FoundBackup {
  readonly manifest: Manifest;
  readonly copy: Omit<CatalogCopy, 'backup'>;
  readonly hold: Hold | null;
}

export interface BackupFilter {
  readonly database?: string;
  readonly kind?: BackupKind;
  /** null: the series of the whole database; undefined: any. */
  readonly module?: string | null;
  readonly states?: readonly BackupState[];
  /** Only older ones than the backup of this id. */
  readonly before?: string;
}

/** What the catalog knows of a backup besides its summary. */
export interface BackupDetail extends RunOwner {
  readonly triggeredAt: string;
  readonly snapshotAt: string | null;
  readonly finishedAt: string | null;
  readonly dumpBytes: number | null;
  readonly checkedCopies: readonly (Pick<
    CatalogCopy,
    'destination' | 'host' | 'uri' | 'bytes' | 'state'
  > & { readonly checkedAt: string | null })[];
}

/** What was made on one day. */
export interface DayOfBackups {
  readonly day: string;
  readonly proven: number;
  readonly unproven: number;
  readonly failed: number;
  readonly bytes: number;
}

export interface DatabaseOverview {
  readonly name: string;
  readonly counts: Readonly<Record<BackupState, number>>;
  /** What its good copies take. */
  readonly bytes: number;
  /** Of the full backups of the whole database. */
  readonly newestProven: { readonly id: string; readonly snapshotAt: string } | null;
}

/** The backups of one kind of the whole database (module null) or of one module. */
export interface OfSeries {
  readonly database: string;
  readonly kind: BackupKind;
  readonly module: string | null;
}

/** Numbers for those who watch from outside; times are ISO. */
export interface Measures {
  readonly states: readonly (OfSeries & {
    readonly state: BackupState;
    readonly count: number;
    readonly oldestTrigger: string;
    /** Newest recovery point. */
    readonly newestPoint: string;
  })[];
  /** The newest of each series that runs no more. */
  readonly ended: readonly (OfSeries & { readonly state: BackupState; readonly at: string })[];
  /** The newest of each series that has an artifact. */
  readonly stored: readonly (OfSeries & {
    readonly bytes: number;
    readonly dumpBytes: number | null;
    readonly rows: number | null;
    readonly timings: Timings | null;
  })[];
  /** When a backup of each series last passed a test restore. */
  readonly proofs: readonly (OfSeries & { readonly at: string })[];
  readonly copies: readonly {
    readonly database: string;
    readonly destination: string;
    readonly state: CopyState;
    readonly count: number;
    readonly bytes: number;
  }[];
}

export interface Alarm {
  /** What it is about: one open alarm at a time. */
  readonly key: string;
  readonly database: string | null;
  readonly message: string;
  readonly hint: string | null;
}

export interface OpenAlarm extends Alarm {
  readonly raisedAt: string;
  readonly lastSeenAt: string;
}

/** What self-tests left in the catalog. */
export interface SelfTestTraces {
  /** Of the hosts that made backups. */
  readonly queues: readonly string[];
  /** `host` null: every host can read it. */
  readonly copies: readonly Pick<CatalogCopy, 'destination' | 'host'>[];
}

/** How old what protects a database is; times are ISO, null: never. */
export interface DatabaseFreshness {
  readonly name: string;
  /** Recovery point. */
  readonly newestProven: string | null;
  /** Recovery point of the newest that is proven and has a good copy away from every host. */
  readonly newestOffsite: string | null;
  /** When a stored copy was last test-restored with success. */
  readonly lastRestoreTest: string | null;
}

/** An alarm that people are to be told of: it is new, still open after a while, or over. */
export interface DueAlarm extends Alarm {
  readonly id: number;
  readonly event: 'alarm' | 'reminder' | 'cleared';
  readonly raisedAt: string;
  readonly clearedAt: string | null;
}

export interface AlarmClaim {
  /** A run or a process; the same one gets the same alarms again. */
  readonly owner: string;
  readonly now: Date;
  readonly repeatHours: number;
}

export interface Lease {
  readonly resource: string;
  /** How many may hold it at once. */
  readonly capacity: number;
  readonly owner: RunOwner;
}

export interface NewRestore {
  readonly owner: RunOwner;
  readonly backup: string;
  /** As it was typed: a name in the settings, or a URL without a password. */
  readonly target: string;
  /** The half-made database; there may be none. */
  readonly restoring: string;
  /** Reference of a one-time password. */
  readonly secret: string | null;
}

export interface RestoreEnd {
  readonly state: Exclude<BackupState, 'running'>;
  readonly reason: string | null;
  readonly summary: RestoreSummary | null;
}

export interface TurnRequest {
  readonly owner: RunOwner;
  /** All that the run needs, at once: it takes nothing before it can have everything. */
  readonly resources: readonly Omit<Lease, 'owner'>[];
  /** Who was due first goes first. */
  readonly dueAt: Date;
  /** It is passed over from then on, until it asks again; null: never. */
  readonly until: Date | null;
}

export interface TurnAnswer {
  readonly isTaken: boolean;
  /** How many are before it in the line. */
  readonly ahead: number;
  /** What it needs and cannot have, and who has it. */
  readonly busy: readonly { readonly resource: string; readonly holders: readonly RunOwner[] }[];
  /** Others that were given their turn at this occasion: they should be told. */
  readonly given: readonly RunOwner[];
}

/**
 * What we know of all backups. Activities are retried, so every write may be repeated with the same arguments and then
 * changes nothing. Each write is one transaction. A server that cannot be reached gives `catalog_unreachable`.
 * What is about a self-test is found by its database or its id alone, and raises no alarm.
 */
export interface Catalog extends AccessCatalog, OwnRowsCatalog {
  /**
   * Reserves the backup's id and enters it as running. A taken id gets the next second, unless the same workflow run
   * has taken it: then it is the same id again.
   */
  startBackup(backup: NewBackup): Promise<string>;

  /**
   * Ends a backup. With a manifest this is the last word and wins over an earlier end; without one it ends a running
   * backup only: a failure after everything was stored and recorded does not unmake the backup.
   */
  finishBackup(id: string, end: BackupEnd): Promise<void>;

  /** Enters a copy or what changed of it; a `good` one was held against its sha256 now. */
  recordCopy(copy: CatalogCopy): Promise<void>;

  /** Enters what a check of a copy found, with the time; an unknown copy is nothing. */
  recordCheck(copy: CheckedState): Promise<void>;

  /** Enters a test restore; that of a finished backup, being the newest, decides its state from now on. */
  recordProof(proof: Proof): Promise<void>;

  summary(id: string): Promise<BackupSummary | undefined>;

  /** Newest first, `limit` 100 unless told. */
  list(filter: BackupFilter & { limit?: number; offset?: number }): Promise<BackupSummary[]>;

  /** How many there are. */
  count(filter: Omit<BackupFilter, 'before'>): Promise<number>;

  newest(filter: BackupFilter): Promise<BackupSummary | undefined>;

  detail(id: string): Promise<BackupDetail | undefined>;

  /** Each day with backups since then, as that zone has days. */
  days(filter: { database?: string; since: Date; timeZone: string }): Promise<DayOfBackups[]>;

  /**
   * By id, or `latest`: the newest proven full backup of a whole database, else the newest unproven one; never one whose
   * proof failed.
   */
  find(idOrLatest: string, database?: string): Promise<BackupSummary | undefined>;

  manifest(id: string): Promise<Manifest | undefined>;

  /** The report of its newest test restore. */
  proof(id: string): Promise<Proof | undefined>;

  copies(id: string): Promise<CatalogCopy[]>;

  /** The copies that should be there, those that were not looked at for longest first. */
  copiesToCheck(filter: { backup?: string; database?: string }): Promise<CopyToCheck[]>;

  /**
   * Copies of finished backups that are not good, or that one of these cloud destinations never had, where there is a
   * good copy to make them from; newest first. What was deleted is not among them.
   */
  copiesToMake(filter: {
    readonly database?: string;
    readonly backup?: string;
    readonly clouds: readonly string[];
    readonly limit: number;
  }): Promise<CopyName[]>;

  /**
   * Enters a backup that was found with a copy, unproven until a proof is entered, and with its hold, so that no clean-up
   * comes in between; what is known of any of them already stays as it is. True: the backup is new.
   */
  adopt(found: FoundBackup): Promise<boolean>;

  /** The catalog's clock, by which checks are dated. */
  now(): Promise<Date>;

  /** Keeps retention from a backup; repeated, the newest words count. False: every copy of it is deleted. */
  hold(hold: Hold): Promise<boolean>;

  /** False: it was not held. */
  release(backup: string): Promise<boolean>;

  /** What retention decides about, of one database, as of one moment: running, or with a copy that is not deleted. */
  retentionBackups(database: string): Promise<RetentionBackup[]>;

  /**
   * Marks a copy as deleted before its files are. Gives the reason why it has to stay, where there is one by now: a
   * hold, a lease, an incremental that needs it. A copy that is marked already, or unknown, is fine.
   */
  startDelete(deletion: Deletion): Promise<string | null>;

  /** The files of a copy that is marked are gone. */
  finishDelete(copy: CopyName): Promise<void>;

  /** The files of a copy that is marked could not be deleted: it is there again. */
  undoDelete(copy: CheckedState & { readonly lockedUntil: Date | null }): Promise<void>;

  /** Copies that are marked as deleted on a host (null: on none) and may still have files. */
  unfinishedDeletes(host: string | null): Promise<(CopyName & { readonly database: string })[]>;

  /** Hosts (null: none) that `unfinishedDeletes` has something for. */
  hostsToTidy(): Promise<(string | null)[]>;

  deletedBy(run: string, limit: number): Promise<Deleted>;

  runningBackups(): Promise<RunningBackup[]>;

  /** Every database that has backups, by name. */
  overview(): Promise<DatabaseOverview[]>;

  /** Numbers of every series and of the copies of every database. */
  measures(): Promise<Measures>;

  /** Opens an alarm, or says anew what an open one of that key is about. */
  raiseAlarm(alarm: Alarm): Promise<void>;

  clearAlarm(key: string): Promise<void>;

  /** The open ones, newest first. */
  alarms(): Promise<OpenAlarm[]>;

  /** Of every database that has backups of its whole. */
  freshness(): Promise<DatabaseFreshness[]>;

  /** Since when each of these keys has been given at every call; one that is left out is forgotten. */
  rememberSince(topic: string, keys: readonly string[], now: Date): Promise<Map<string, string>>;

  /** Where the backups of self-tests were made and where copies of them may still lie. */
  selfTestTraces(): Promise<SelfTestTraces>;

  /** Removes all rows about self-tests; alarms of theirs that are open are over. */
  forgetSelfTests(): Promise<void>;

  /** Takes the alarms that people are to be told of now: nobody else gets them until they are due again. */
  claimDueAlarms(claim: AlarmClaim): Promise<DueAlarm[]>;

  /** Gives back what nobody could be told of: due again at once. */
  giveBackAlarms(ids: readonly number[]): Promise<void>;

  /**
   * Takes one of `capacity` places; true when it is taken or was before. Places of owners that `isAlive` denies are
   * free. Never waits.
   */
  takeLease(lease: Lease, isAlive: (owner: RunOwner) => Promise<boolean>): Promise<boolean>;

  /** Backups with a manifest and a good copy, newest recovery point first. */
  restorable(filter: { database?: string; backup?: string }): Promise<StoredBackup[]>;

  /** Enters a restore before anything is made on its target, so that somebody can clear it away. */
  startRestore(restore: NewRestore): Promise<void>;

  /** Ends a running restore; one that has ended stays as it is. */
  finishRestore(owner: RunOwner, end: RestoreEnd): Promise<void>;

  /** The end of all that a run needed: its one-time password is forgotten. `tidy`: nothing half-made is left on its target. */
  leaveRestore(owner: RunOwner, end: { readonly tidy: boolean }): Promise<void>;

  /** Those that may have left something half-made, running ones among them; the oldest first. */
  untidyRestores(): Promise<Omit<NewRestore, 'secret'>[]>;

  /** Keeps a password for one run, sealed with the reference that it gives. */
  keepSecret(secret: Secret): Promise<string>;

  /** undefined: it is gone. */
  secret(reference: string): Promise<Secret | undefined>;

  forgetSecret(reference: string): Promise<void>;

  /** Forgets those that no run came to use within an hour. */
  forgetOldSecrets(): Promise<void>;
  /** Who holds leases on resources that begin so, each once. */
  leaseOwners(prefix: string): Promise<RunOwner[]>;

  /**
   * Enters the line, or asks again. Whoever asks, all that is free is given to those who wait, in their order. Never
   * waits; `isTaken` is true again when it was before.
   */
  takeTurn(request: TurnRequest): Promise<TurnAnswer>;

  /** Gives what is free to those who wait; returns whom it gave their turn, so that they are told. */
  handOver(): Promise<RunOwner[]>;

  /** Gives back what the owner holds of that resource; without one all of it, and its place in the line. */
  releaseLeases(owner: RunOwner, resource?: string): Promise<void>;

  close(): Promise<void>;
}

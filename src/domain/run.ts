import type { MadeKind } from './backup-name.ts';
import type { BackupSummary, CopyState } from './backup.ts';
import type { ErrorCode } from '../errors.ts';
import type { Notice } from './notice.ts';
import type { ProofState } from './proof.ts';

/** Input of the `backup` workflow: only what was typed, `resolve` fills the rest. */
export interface BackupInput {
  readonly database?: string;
  readonly kind?: MadeKind;
  readonly module?: string;
}

/** What one run backs up. */
export interface Target {
  readonly database: string;
  readonly kind: MadeKind;
  readonly module: string | null;
}

/** What `resolve` found out from the worker's settings. */
export interface Plan {
  readonly targets: readonly Target[];
  /** Search attributes may be set only where they are registered: else the workflow task would be stuck for ever. */
  readonly searchAttributes: boolean;
}

/** One backup under way: what every activity of the run is given. */
export interface Run extends Target {
  readonly id: string;
  readonly triggeredAt: string;
  /** The queue of the host whose disk holds the files of this run. */
  readonly queue: string;
  readonly destinations: readonly string[];
  /** With more than two cores the test restore need not wait until the artifact is sealed. */
  readonly verifyEarly: boolean;
  /** How long its host may take no work until another one takes over; absent in runs of versions before. */
  readonly hostPatienceSeconds?: number;
  /** It is a full instead of an incremental: why none could follow. */
  readonly escalation?: string;
}

export interface Dumped {
  readonly snapshotAt: string;
  readonly finishedAt: string;
  readonly bytes: number;
  readonly tables: number;
  readonly rows: number;
}

/** No incremental could follow its full: why. A full is made instead. */
export interface Escalation {
  readonly escalation: string;
}

export interface Sealed {
  readonly sealedAt: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Copied {
  readonly destination: string;
  readonly uri: string;
  readonly state: CopyState;
  readonly finishedAt: string;
}

export interface Verified {
  readonly state: ProofState;
  readonly reason: string | null;
  readonly tables: number;
  readonly rows: number;
  readonly mismatches: number;
  readonly seconds: number;
  readonly finishedAt: string;
}

/** How a run ended without a result. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
}

/** All that a finished run hands to `record`. */
export interface Outcome {
  readonly dumped: Dumped;
  readonly sealed: Sealed;
  readonly copies: readonly Copied[];
  readonly verified: Verified;
}

/** Result of the `backup` workflow: one summary, or one for each database where it was started for all. */
export type BackupResult = BackupSummary | readonly BackupSummary[];

export function resultSummaries(result: BackupResult): BackupSummary[] {
  return 'id' in result ? [result] : [...result];
}

/** Which copies are to be made up. */
export interface HealingInput {
  readonly database?: string;
  readonly backup?: string;
  /** Destinations that have just failed. */
  readonly without?: readonly string[];
}

export interface HealedCopy {
  readonly backup: string;
  readonly destination: string;
}

export interface CopyToHeal extends HealedCopy {
  /** null: every host can write it. */
  readonly host: string | null;
  /** The destination of a good copy, which the host of `queue` can read. */
  readonly from: string;
  readonly queue: string;
}

export interface RestoreTestInput {
  readonly database?: string;
  /** A backup's id or `latest`. */
  readonly backup?: string;
  /** Where the copy lies; `farthest`: in a cloud, where there is a good one. */
  readonly destination?: string;
}

export interface IntegrityCheckInput {
  readonly database?: string;
  readonly backup?: string;
}

export interface CheckedCopy {
  readonly backup: string;
  readonly destination: string;
  readonly uri: string;
  readonly state: CopyState;
  /** Whole; otherwise its size and checksum were compared with what the destination says. */
  readonly read: boolean;
  /** It was not good, and was made anew from another one. */
  readonly healed: boolean;
}

/** One test restore of a stored copy. */
export interface RestoreTest {
  readonly backup: string;
  readonly database: string;
  readonly destination: string;
  readonly key: string;
  readonly queue: string;
  /** Name of the workspace: one of its own, a backup may be tested while it is made. */
  readonly workspace: string;
}

export interface CopyToCheck {
  readonly backup: string;
  /** The full that it needs; null: none. */
  readonly base: string | null;
  readonly database: string;
  readonly destination: string;
  readonly host: string | null;
  readonly uri: string;
  readonly key: string;
  readonly sha256: string;
  /** When it was last read whole, or stored. */
  readonly readAt: string;
  /** Not read: compared by size and by what the server says of it. */
  readonly glance?: boolean;
}

/** Input of the `notify` workflow. */
export interface NotifyInput {
  /** Told where it is proven. */
  readonly backup?: string | null;
}

/** Which copies are to be read, by the host that can read them and the destination: each of these can fail by itself. */
export interface CheckPlan {
  readonly hosts: readonly { readonly queue: string; readonly copies: readonly CopyToCheck[] }[];
}

/** One thing to tell, and the names of the channels that want to hear it. */
export interface NoticeToSend {
  /** The alarm's number in the catalog; null: no alarm. */
  readonly alarm: number | null;
  readonly notice: Notice;
  readonly channels: readonly string[];
}

export type NoticesToSend = readonly NoticeToSend[];

import type { BackupKind } from './backup-name.ts';
import type { ProofState } from './proof.ts';
import type { DatabaseProperties, NotCompared } from './source-reading.ts';
import type { NamedRelation } from './table-pattern.ts';
import type { Words } from './words.ts';

/** Input of the `restore` workflow: only what was typed. */
export interface RestoreInput {
  /** A backup's id, or `latest`. */
  readonly backup?: string;
  /** Whose latest. */
  readonly database?: string;
  /** An ISO time: the newest recovery point that is not after it. */
  readonly at?: string;
  /** A database's name in the settings, or a URL without a password. */
  readonly target?: string;
  readonly create?: boolean;
  readonly clean?: boolean;
  /** Patterns, `schema.table`: these tables only, into a database that exists. */
  readonly tables?: readonly string[];
  readonly noOwner?: boolean;
  readonly noPrivileges?: boolean;
  readonly roles?: boolean;
  readonly jobs?: number;
  /** Reference of a one-time password in the catalog. */
  readonly secret?: string;
  /** Says what would be done and does nothing. */
  readonly dryRun?: boolean;
}

export const restoreFields = [
  'backup',
  'database',
  'at',
  'target',
  'create',
  'clean',
  'tables',
  'noOwner',
  'noPrivileges',
  'roles',
  'jobs',
  'secret',
  'dryRun',
] as const satisfies readonly (keyof RestoreInput)[];

/** What of a backup is not restored, and so not compared. */
export interface Omitted {
  readonly owners: boolean;
  readonly privileges: boolean;
}

/** Names of databases on the target's server. */
export interface TargetNames {
  readonly database: string;
  /** Where it is restored beside, until it is proven. */
  readonly restoring: string;
  /** What the database that is replaced is called afterwards. */
  readonly before: string;
}

/** What will be written where; told before anything is. */
export interface RestorePreview {
  readonly backup: string;
  readonly incremental: string | null;
  readonly snapshotAt: string;
  /** `user@host:port/database`. */
  readonly target: string;
  /** What becomes of the target, in one line. */
  readonly action: string;
  /** The same for a reader of another language. */
  readonly actionWords: Words;
  /** The database that is replaced, and what it is kept as. */
  readonly replaces: {
    readonly database: string;
    readonly bytes: number;
    /** null: rows of its tables are, and are not kept. */
    readonly keptAs: string | null;
  } | null;
  /** Of the dump: indexes come on top. null: of the tables that were chosen alone, which nobody has measured. */
  readonly bytes: number | null;
  readonly tables: number;
  readonly rows: number;
  /** Roles that own or are granted something and are not on the target's server. */
  readonly missingRoles: readonly string[];
  readonly missingExtensions: readonly string[];
  readonly obstacles: readonly Obstacle[];
}

/** What keeps a restore from starting, and what to do about it. */
export interface Obstacle {
  readonly fact: string;
  readonly hint: string;
  /** The same for a reader of another language. */
  readonly words: { readonly fact: Words; readonly hint: Words };
}

/** Where the existing target database stands. */
export type TargetState = 'missing' | 'empty' | 'filled';

/** Tables that are restored into a database which stays. */
export interface InsidePlan {
  /** null: all that the backup has rows of. */
  readonly patterns: readonly string[] | null;
  /** Those that were there when it was asked for, whose rows may be replaced: what somebody made since may not. */
  readonly replaced: readonly NamedRelation[];
}

/** What every activity of a restore is given. */
export interface RestorePlan {
  readonly backup: string;
  readonly incremental: string | null;
  readonly database: string;
  readonly kind: BackupKind;
  readonly destination: string;
  /** Queue of the host that can read the copy. */
  readonly queue: string;
  readonly workspace: string;
  readonly target: string;
  readonly secret: string | null;
  readonly names: TargetNames;
  readonly state: TargetState;
  /** The empty database that is replaced: its encoding and locale are kept. */
  readonly like: DatabaseProperties | null;
  readonly omitted: Omitted;
  /** null: a database of its own is restored beside the target, and takes its place. */
  readonly inside: InsidePlan | null;
  readonly roles: boolean;
  readonly jobs: number;
  readonly preview: RestorePreview;
}

/** What the comparison of a restored database found. */
export interface Compared {
  readonly state: ProofState;
  readonly reason: string | null;
  readonly tables: number;
  readonly rows: number;
  readonly mismatches: number;
  readonly notCompared: readonly NotCompared[];
  readonly warnings: readonly string[];
}

/** Result of the `restore` workflow; what `restore` prints with `--json`. */
export interface RestoreSummary extends Compared {
  readonly backup: string;
  readonly incremental: string | null;
  readonly snapshotAt: string;
  readonly target: string;
  /** The name under which the database that was there is kept; null: there was none. */
  readonly keptAs: string | null;
  readonly seconds: number;
}

const longestName = 63;

/** Names beside a database that no other run uses: `tag` is the run's. PostgreSQL cuts names at 63 bytes. */
export function targetNames(database: string, tag: string, at: Date): TargetNames {
  const time = at.toISOString().replace(/\D/g, '').slice(0, 14);
  return {
    database,
    restoring: withEnding(database, `_restoring_${tag}`),
    before: withEnding(database, `_before_${time.slice(0, 8)}_${time.slice(8)}`),
  };
}

function withEnding(name: string, ending: string): string {
  let start = name;
  while (new TextEncoder().encode(start + ending).length > longestName)
    start = Array.from(start).slice(0, -1).join('');
  return start + ending;
}

import type { DumpDescription } from './dump-layout.ts';

/** A table's contents in two numbers: how many rows, and the order-independent sum of their 64-bit hashes. */
export interface Fingerprint {
  readonly rows: number;
  /** A decimal integer of any length: `sum()` of bigints is numeric. */
  readonly hash: string;
}

export interface TableFingerprint extends Fingerprint {
  readonly schema: string;
  readonly table: string;
}

export interface SequenceValue {
  readonly value: string;
  readonly isCalled: boolean;
}

/** A sequence read before and after the dump: sequences are not MVCC, so the dumped value may lie anywhere between. */
export interface SequenceReading {
  readonly schema: string;
  readonly sequence: string;
  readonly before: SequenceValue | null;
  readonly after: SequenceValue | null;
}

export interface LargeObjectsReading {
  readonly count: number;
  readonly hash: string;
}

export interface DatabaseProperties {
  readonly name: string;
  readonly owner: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  readonly localeProvider: 'libc' | 'icu' | 'builtin';
  readonly icuLocale: string | null;
  /** aclitems as text; null: PostgreSQL's default. */
  readonly acl: readonly string[] | null;
  readonly connectionLimit: number;
  readonly comment: string | null;
  /** `ALTER DATABASE … SET` lines; `role` is null for the setting that holds for all roles. */
  readonly settings: readonly { readonly role: string | null; readonly setting: string }[];
}

export interface Extension {
  readonly name: string;
  readonly version: string;
  readonly schema: string;
}

/** What we did not or could not compare, by name, with the reason: a proof must say it. */
export interface NotCompared {
  readonly what: string;
  readonly why: string;
}

/** Rows that were deleted are not counted: an incremental does not have them. */
export interface CarriedChanges {
  /** With rows that changed, or new. */
  readonly tables: number;
  /** New and changed ones. */
  readonly rows: number;
}

/** What the source held at the snapshot of the dump; kept in the artifact as `verify/source.json`. */
export interface SourceReading {
  readonly formatVersion: 1;
  readonly fingerprintAlgorithm: string;
  /** ISO time: the recovery point. */
  readonly snapshotAt: string;
  readonly server: {
    /** server_version_num: 150018 */
    readonly version: number;
    readonly systemIdentifier: string | null;
    readonly databaseOid: number;
  };
  readonly properties: DatabaseProperties;
  readonly extensions: readonly Extension[];
  /** Absent: everything, in the directory format. */
  readonly dump?: DumpDescription;
  /** What the restored database must hold; a table whose rows are not part of the backup must be empty. */
  readonly tables: readonly TableFingerprint[];
  /** Those whose values are part of the backup. */
  readonly sequences: readonly SequenceReading[];
  readonly largeObjects: LargeObjectsReading;
  /** An incremental: how much it carries. */
  readonly changes?: CarriedChanges;
  /** An incremental: the materialized views that are filled; of a dump it is known from its contents. */
  readonly filledViews?: readonly { readonly schema: string; readonly name: string }[];
  /** Roles that own or are granted something here and are in globals.sql. */
  readonly roles: readonly string[];
  readonly notCompared: readonly NotCompared[];
  /** Every line that the programs wrote to standard error, in order, prefixed by nothing. */
  readonly warnings: readonly string[];
  /** Those of `warnings` that are not on the list of known ones: they make the backup unproven. */
  readonly unknownWarnings: readonly string[];
  readonly tools: { readonly pgDump: string };
}

import type { Fingerprint, NotCompared, SequenceValue } from './source-reading.ts';

export const proofStates = ['proven', 'unproven', 'failed'] as const;
export type ProofState = (typeof proofStates)[number];

export interface TableProof {
  readonly schema: string;
  readonly table: string;
  readonly expected: Fingerprint;
  /** null: the table is not in the restored database. */
  readonly restored: Fingerprint | null;
  readonly equal: boolean;
}

export interface SequenceProof {
  readonly schema: string;
  readonly sequence: string;
  readonly dumped: SequenceValue | null;
  readonly restored: SequenceValue | null;
  readonly equal: boolean;
  /** Said, not failed: a value outside the range read before and after (a `setval` backwards in between). */
  readonly note: string | null;
}

/** One entry of the schema that differs: missing after the restore, there in addition, or with another definition. */
export interface SchemaDifference {
  readonly entry: string;
  readonly problem: 'missing' | 'unexpected' | 'different';
  readonly expected: string | null;
  readonly restored: string | null;
}

/** The report of one test restore: `<id>.proof.<time>.json` beside the artifact. */
export interface Proof {
  readonly formatVersion: 1;
  readonly backup: string;
  readonly state: ProofState;
  /** One line: why it failed or could not be proven; null when proven. */
  readonly reason: string | null;
  /** The settings say that nothing is restored: it is no news. */
  readonly byChoice?: true;
  /** Where the copy lay that was restored; absent: it was the dump itself, before it was sealed. */
  readonly destination?: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly seconds: number;
  /** null: nothing was restored. */
  readonly scratchServerVersion: number | null;
  readonly tables: readonly TableProof[];
  readonly sequences: readonly SequenceProof[];
  readonly largeObjects: {
    readonly expected: Fingerprint;
    readonly restored: Fingerprint | null;
    readonly equal: boolean;
  };
  readonly schemaObjects: {
    readonly compared: number;
    readonly differences: readonly SchemaDifference[];
  };
  /** Grants, roles, database properties and the like that differ, one line each. */
  readonly otherDifferences: readonly string[];
  readonly notCompared: readonly NotCompared[];
  readonly warnings: readonly string[];
  /** For each table that differs: up to ten keys of rows that are on one side only. */
  readonly firstDifferences: readonly {
    readonly table: string;
    readonly keys: readonly string[];
  }[];
  /** Number of tables, sequences, large-object sets, schema entries and other things that differ. */
  readonly mismatches: number;
}

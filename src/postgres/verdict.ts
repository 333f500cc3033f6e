import { listMismatches, summarise } from '../domain/compare.ts';
import type { Proof } from '../domain/proof.ts';
import type { SourceReading } from '../domain/source-reading.ts';
import type { Findings } from './findings.ts';
import { unknownRestoreWarnings } from './restore-dump.ts';

/** How a test restore went. */
export interface Outcome {
  readonly findings: Findings;
  /** Why nothing could be compared. */
  readonly ending: { readonly state: 'failed' | 'unproven'; readonly reason: string } | null;
  /** What `pg_restore` wrote. */
  readonly warnings: readonly string[];
}

/** What a test restore that ends now says about its backup. */
export function toProof(
  backup: string,
  startedAt: Date,
  version: number | null,
  source: SourceReading,
  { findings, ending, warnings }: Outcome,
): Proof {
  const finishedAt = new Date();
  const mismatches = ending ? [] : listMismatches(findings);
  const verdict = ending ?? judge(mismatches, source, warnings);
  return {
    formatVersion: 1,
    backup,
    ...verdict,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    seconds: (finishedAt.getTime() - startedAt.getTime()) / 1000,
    scratchServerVersion: version,
    ...findings,
    warnings: [...source.warnings, ...warnings],
    mismatches: mismatches.length,
  };
}

function judge(
  mismatches: readonly string[],
  source: SourceReading,
  warnings: readonly string[],
): Pick<Proof, 'state' | 'reason'> {
  const [unknownToDump] = source.unknownWarnings;
  const [unknownToRestore] = unknownRestoreWarnings(warnings);
  if (mismatches.length > 0) return { state: 'failed', reason: summarise(mismatches) };
  if (unknownToDump !== undefined)
    return { state: 'unproven', reason: `the dump was made with a warning: ${unknownToDump}` };
  if (unknownToRestore !== undefined)
    return { state: 'unproven', reason: `it was restored with a warning: ${unknownToRestore}` };
  return { state: 'proven', reason: null };
}

/**
 * How a database stands: `fresh` within its objective, `aging` in the last fifth of it, `late` beyond it; `gone` from the
 * settings.
 */
export type Freshness = 'fresh' | 'aging' | 'late' | 'none' | 'gone';

/** Judges the age of the newest proven backup; an objective of 0 hours asks for nothing, null: there is none any more. */
export function freshnessOf(
  newestProven: string | null,
  objectiveHours: number | null,
  now: Date,
): Freshness {
  if (objectiveHours === null) return 'gone';
  if (newestProven === null) return 'none';
  if (objectiveHours === 0) return 'fresh';
  const hours = (now.getTime() - Date.parse(newestProven)) / 3_600_000;
  if (hours > objectiveHours) return 'late';
  return hours > objectiveHours * 0.8 ? 'aging' : 'fresh';
}

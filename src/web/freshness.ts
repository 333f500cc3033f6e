/** How a database stands: `fresh` within its objective, `aging` in the last fifth of it, `late` beyond it. */
export type Freshness = 'fresh' | 'aging' | 'late' | 'none';

/** Judges the age of the newest proven backup; an objective of 0 hours asks for nothing. */
export function freshnessOf(
  newestProven: string | null,
  objectiveHours: number,
  now: Date,
): Freshness {
  if (newestProven === null) return 'none';
  if (objectiveHours === 0) return 'fresh';
  const hours = (now.getTime() - Date.parse(newestProven)) / 3_600_000;
  if (hours > objectiveHours) return 'late';
  return hours > objectiveHours * 0.8 ? 'aging' : 'fresh';
}

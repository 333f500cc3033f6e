/** How often somebody has failed in a row, and when last. */
export interface Failures {
  readonly count: number;
  readonly last: number;
}

const longestWait = 15 * 60_000;
const longestWaitOfUser = 30_000;

/**
 * Milliseconds until the next attempt from an address is looked at: none for the first five, then one second, doubled
 * each time, at most a quarter of an hour.
 */
export function waitOfAddress(failures: Failures | undefined, now: number): number {
  return rest(failures, now, { free: 5, longest: longestWait });
}

/**
 * The same for attempts on one user from anywhere. Short, since whoever knows the name can cause it: it slows guessing
 * from many addresses down and can lock nobody out.
 */
export function waitOfUser(failures: Failures | undefined, now: number): number {
  return rest(failures, now, { free: 20, longest: longestWaitOfUser });
}

/** After a quiet hour all is forgotten. */
export function isForgotten({ last }: Failures, now: number): boolean {
  return now - last > 3_600_000;
}

function rest(
  failures: Failures | undefined,
  now: number,
  { free, longest }: { free: number; longest: number },
): number {
  if (!failures || failures.count < free || isForgotten(failures, now)) return 0;
  const wait = Math.min(longest, 1000 * 2 ** Math.min(failures.count - free, 20));
  return Math.max(0, failures.last + wait - now);
}

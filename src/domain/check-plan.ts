const day = 24 * 3600 * 1000;
const daysOfRound = 7;

/** In how many weekly rounds all cloud copies have their turn: 12 with 90 days. */
function roundsOf(cloudReadDays: number): number {
  return Math.max(1, Math.floor(cloudReadDays / daysOfRound));
}

/** The arithmetic, for people: how many were read, and when the others are. */
export function readingsText(read: number, glances: number, cloudReadDays: number): string {
  return `${read} read whole, ${glances} compared by size and checksum: of the cloud one in ${roundsOf(cloudReadDays)} is read each week, so that each is within ${cloudReadDays} days`;
}

/**
 * Whether this week's check reads a cloud copy whole, which costs; the others are compared by size and checksum. Each
 * backup has its turn in one of the rounds: with 90 days a twelfth is read each week. What missed its turn, because no
 * check ran in its week, is read before its days are over.
 */
export function isReadNow(
  { backup, readAt }: { readonly backup: string; readonly readAt: string },
  cloudReadDays: number,
  now: Date,
): boolean {
  const daysUnread = (now.getTime() - Date.parse(readAt)) / day;
  if (daysUnread > cloudReadDays - daysOfRound) return true;
  const rounds = roundsOf(cloudReadDays);
  const week = Math.floor(now.getTime() / day / daysOfRound);
  return spread(backup) % rounds === week % rounds;
}

/** A number that is the same for the same text and as good as random. */
function spread(text: string): number {
  let sum = 0;
  for (const letter of text) sum = (Math.imul(sum, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return sum;
}

const day = 24 * 3600 * 1000;
const daysOfRound = 7;

/**
 * Whether this week's check reads a cloud copy whole, which costs; the others are compared by size and checksum. Each
 * backup has its turn in one of the rounds: with 90 days there are 12 rounds of a week, so a twelfth is read each week.
 */
export function isTurnOf(backup: string, cloudReadDays: number, now: Date): boolean {
  const rounds = Math.max(1, Math.floor(cloudReadDays / daysOfRound));
  const week = Math.floor(now.getTime() / day / daysOfRound);
  return spread(backup) % rounds === week % rounds;
}

/** A number that is the same for the same text and as good as random. */
function spread(text: string): number {
  let sum = 0;
  for (const letter of text) sum = (Math.imul(sum, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return sum;
}

import { describe, expect, test } from 'vitest';
import { BackupError } from '../../../src/errors.ts';
import {
  acceptsSchemaChange,
  firstTally,
  planRepeat,
  type Repeat,
} from '../../../src/postgres/dump-repeats.ts';

const queued = new BackupError('lock_conflict', 'table is locked');
const worker = new BackupError('lock_conflict', 'pg_dump failed', {
  detail: 'pg_dump: error: could not obtain lock on relation "public.t"',
});
const changed = new BackupError('lock_conflict', 'the schema was changed while it was being read');
const blocked = new BackupError('blocked_too_long', 'others waited');

describe('a dump is repeated', () => {
  test('twenty times in all when others hold or want locks', () => {
    expect(attempts(8, Array<BackupError>(50).fill(queued))).toHaveLength(19);
  });

  test('without counting when a worker of pg_dump met a lock request, with one job after two of them', () => {
    const repeats = attempts(8, [worker, worker]);
    expect(repeats.map(({ tally }) => tally)).toMatchObject([
      { jobs: 8, lockConflicts: 0 },
      { jobs: 1, lockConflicts: 0 },
    ]);
  });

  test('twice when the schema changed meanwhile; then a change is accepted', () => {
    const repeats = attempts(2, [changed, changed]);
    expect(repeats.map(({ tally }) => acceptsSchemaChange(tally))).toEqual([false, true]);
    expect(repeats.at(-1)?.tally.lockConflicts).toBe(0);
  });

  test('three times in all when others had to wait too long, and leaves them as much time without us', () => {
    const repeats = attempts(2, [blocked, blocked, blocked, blocked]);
    expect(repeats.map(({ pauseSeconds }) => pauseSeconds)).toEqual([7, 7]);
  });
});

test.each(['permission_denied', 'disk_full', 'dump_failed', 'connection_lost'] as const)(
  'a dump is not repeated after %s',
  (code) => {
    expect(attempts(2, [new BackupError(code, 'no')])).toEqual([]);
  },
);

function attempts(jobs: number, errors: BackupError[]): Repeat[] {
  const repeats: Repeat[] = [];
  for (const error of errors) {
    const repeat = planRepeat(repeats.at(-1)?.tally ?? firstTally(jobs), error, 7);
    if (!repeat) return repeats;
    repeats.push(repeat);
  }
  return repeats;
}

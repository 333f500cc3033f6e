import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { planRetention } from '../../../src/domain/retention.ts';
import { randomFrom, randomInput, shuffled } from './retention-history.ts';
import {
  apply,
  copiesOf,
  isGood,
  isSound,
  isThere,
  isYounger,
  key,
  keyOf,
  place,
  placeKey,
  placesOf,
} from './retention-oracle.ts';
import type {
  RetentionBackup,
  RetentionCopy,
  RetentionInput,
  RetentionPlan,
} from '../../../src/domain/retention.ts';
import type { Place } from './retention-oracle.ts';

const histories = 2000;
const day = 86_400_000;

interface Trial {
  readonly seed: number;
  readonly input: RetentionInput;
  readonly plan: RetentionPlan;
  readonly places: readonly Place[];
  readonly deleted: ReadonlySet<string>;
}

describe('over random histories', () => {
  const trials = Array.from({ length: histories }, (_, seed): Trial => {
    const input = randomInput(seed);
    const plan = planRetention(input);
    const deleted = new Set(plan.deletions.map(keyOf));
    return { seed, input, plan, places: placesOf(input.backups, input.now), deleted };
  });

  test('the histories are worth the trial: each reason, stops, and many deletions', () => {
    const plans = trials.map(({ plan }) => plan);
    const some = (holds: (plan: RetentionPlan) => boolean) => plans.filter(holds).length;
    assert.ok(some(({ deletions }) => deletions.length > 0) > histories / 4);
    assert.ok(some(({ stops }) => stops.length > 0) > histories / 10);
    const reasons = plans.flatMap(({ decisions }) => decisions.map(({ reason }) => reason));
    const never = everyReason.filter((words) => !reasons.some((one) => one.startsWith(words)));
    assert.deepEqual(never, []);
  });

  property('each copy that is there has one decision, with a reason', ({ input, plan }) => {
    const there = copiesOf(input.backups).map(({ backup, copy }) => key(backup.id, copy));
    assert.deepEqual(plan.decisions.map(keyOf).sort(), there.sort());
    for (const { action, reason } of plan.decisions) {
      assert.match(reason, action === 'delete' ? /^deleted: ./ : /^kept(: | until )./);
    }
  });

  property('deletions are the decisions to delete, each once', ({ plan }) => {
    const decided = plan.decisions.filter(({ action }) => action === 'delete');
    assert.deepEqual(plan.deletions.map(keyOf).sort(), decided.map(keyOf).sort());
  });

  property('the newest proven full with a good copy stays in each place', (trial) => {
    for (const { newest, newestOfFuture } of trial.places) {
      for (const one of [newest, newestOfFuture]) {
        if (one) assertKept(trial, one.backup.id, one.copy);
      }
    }
  });

  property(
    'and has to be looked at before anything there is deleted',
    ({ places, plan, deleted }) => {
      for (const { key: at, series, all, newest } of places) {
        if (!all.some(({ backup, copy }) => deleted.has(key(backup.id, copy)))) continue;
        const first = plan.mustCheckFirst.filter((check) => placeKey(check, series) === at);
        assert.ok(first.some(({ backup }) => backup === newest?.backup.id));
      }
    },
  );

  property('the incrementals of the newest proven full stay in its place', (trial) => {
    for (const { newest, all } of trial.places) {
      for (const { backup, copy } of all) {
        if (newest && backup.base === newest.backup.id) assertKept(trial, backup.id, copy);
      }
    }
  });

  property('what is held, imported, leased, running or locked stays', (trial) => {
    for (const { backup, copy } of copiesOf(trial.input.backups)) {
      const locked = copy.lockedUntil !== null && copy.lockedUntil > trial.input.now;
      const untouchable = backup.held || backup.imported || backup.leased || locked;
      if (untouchable || backup.state === 'running' || copy.state === 'uploading') {
        assertKept(trial, backup.id, copy);
      }
    }
  });

  property('a local copy stays until each configured cloud has had one', (trial) => {
    for (const { backup, copy } of copiesOf(trial.input.backups)) {
      if (copy.destination !== 'local' || copy.state === 'failed') continue;
      if (backup.state === 'cancelled') continue;
      const waits = trial.input.cloudDestinations.some((cloud) => !hadCopy(backup, cloud));
      if (waits) assertKept(trial, backup.id, copy);
    }
  });

  property('only what is older than a sound proven full in its place goes', (trial) => {
    for (const { newest, all } of trial.places) {
      for (const { backup, copy } of all) {
        if (!newest || !isYounger(newest.backup, backup)) assertKept(trial, backup.id, copy);
      }
    }
  });

  property('nothing goes before its days are over, or where all is kept', ({ input, plan }) => {
    const byId = new Map(input.backups.map((backup) => [backup.id, backup]));
    for (const { backup, destination } of plan.deletions) {
      const { keepDays, ...counted } = input.rules[destination]!;
      assert.ok(keepDays !== 0);
      assert.ok(keepDays !== undefined || Object.keys(counted).length > 0);
      const age = input.now.getTime() - byId.get(backup)!.triggeredAt.getTime();
      assert.ok(age > (keepDays ?? 0) * day);
    }
  });

  property('the last proven ones, and the newest of each of the last days, stay', (trial) => {
    for (const { proven, destination } of trial.places) {
      const { keepLast = 0, keepDaily = 0 } = trial.input.rules[destination] ?? {};
      const days = new Set<string>();
      for (const [index, { backup, copy }] of proven.entries()) {
        const before = days.size;
        days.add(backup.triggeredAt.toISOString().slice(0, 10));
        const daily = days.size > before && days.size <= keepDaily;
        if (daily || index < keepLast) assertKept(trial, backup.id, copy);
      }
    }
  });

  property('each kept incremental can be restored as it could before', ({ input, plan }) => {
    const before = new Map(input.backups.map((backup) => [backup.id, backup]));
    const after = new Map(apply(input.backups, plan.deletions).map((one) => [one.id, one]));
    for (const incremental of after.values()) {
      const was = copiesThere(before, incremental.base);
      const is = copiesThere(after, incremental.base);
      if (incremental.state === 'running' || incremental.leased) assert.deepEqual(is, was);
      for (const copy of incremental.copies.filter(isThere)) {
        const here = (full: RetentionCopy) => place(full) === place(copy);
        for (const quality of [here, isThere, isSound, isGood]) {
          assert.equal(is.some(quality), was.some(quality));
        }
      }
    }
  });

  property('at no point of the deletions has an incremental lost its full', ({ input, plan }) => {
    const at = new Map(plan.deletions.map((deletion, index) => [keyOf(deletion), index]));
    const when = (id: string, copy: RetentionCopy) => at.get(key(id, copy)) ?? Infinity;
    const byId = new Map(input.backups.map((backup) => [backup.id, backup]));
    for (const { backup, copy } of copiesOf(input.backups)) {
      const full = backup.base === null ? undefined : byId.get(backup.base);
      if (!full) continue;
      for (const one of full.copies.filter(isThere)) {
        if (place(one) !== place(copy)) continue;
        const goes = when(full.id, one);
        assert.ok(goes === Infinity || when(backup.id, copy) < goes);
      }
      const last = Math.max(-1, ...full.copies.filter(isThere).map((one) => when(full.id, one)));
      assert.ok(last === -1 || last === Infinity || when(backup.id, copy) < last);
    }
  });

  property('a second clean-up right after deletes nothing more', ({ input, plan }) => {
    const again = planRetention({ ...input, backups: apply(input.backups, plan.deletions) });
    assert.deepEqual(again.deletions, []);
    assert.equal(JSON.stringify(again.stops), JSON.stringify(plan.stops));
  });

  property('a clean-up that was killed is finished by the next one', ({ input, plan, seed }) => {
    const done = plan.deletions.slice(0, seed % (plan.deletions.length + 1));
    const again = planRetention({ ...input, backups: apply(input.backups, done) });
    assertSame(again.deletions, plan.deletions.slice(done.length));
  });

  property('the same data in any order give the same plan', ({ input, plan, seed }) => {
    const random = randomFrom(seed);
    const backups = input.backups.map((one) => ({ ...one, copies: shuffled(one.copies, random) }));
    assertSame(planRetention({ ...input, backups: shuffled(backups, random) }), plan);
  });

  property('without force no series in no place loses more than half', ({ input, places }) => {
    const deleted = deletedWith(input, false);
    for (const { all } of places) {
      const gone = all.filter(({ backup, copy }) => deleted.has(key(backup.id, copy)));
      assert.ok(gone.length * 2 <= all.length);
    }
  });

  property('without force nothing goes where the clock is behind a backup', ({ input, places }) => {
    const deleted = deletedWith(input, false);
    const isAhead = new Set(
      input.backups
        .filter(({ triggeredAt }) => triggeredAt > input.now)
        .map(({ database, module }) => JSON.stringify([database, module])),
    );
    for (const { backup, copy } of places.flatMap(({ all }) => all)) {
      if (!isAhead.has(JSON.stringify([backup.database, backup.module]))) continue;
      assert.ok(!deleted.has(key(backup.id, copy)));
    }
  });

  property('force stops nowhere and deletes at least as much', ({ input }) => {
    assert.deepEqual(planRetention({ ...input, force: true }).stops, []);
    const forced = deletedWith(input, true);
    for (const one of deletedWith(input, false)) assert.ok(forced.has(one));
  });

  property('the input is left as it was', ({ input, seed }) => {
    assertSame(input, randomInput(seed));
  });

  function property(title: string, holds: (trial: Trial) => void): void {
    test(title, () => {
      for (const trial of trials) {
        try {
          holds(trial);
        } catch (error) {
          throw new Error(`history ${trial.seed}: ${String(error)}`, { cause: error });
        }
      }
    });
  }
});

const everyReason = [
  'deleted: older than',
  'deleted: failed, older',
  'deleted: unproven, older',
  'deleted: damaged, older',
  'kept: newest proven full',
  'kept: newest proven schema_only',
  'kept: incremental of the newest proven full',
  'kept: needed by',
  'kept: running',
  'kept: being uploaded',
  'kept: on hold',
  'kept: imported and not released',
  'kept: a restore reads it',
  'kept: its time lies in the future',
  'kept: no younger proven',
  'kept: no proven full',
  'kept: not older than',
  'kept: for ever',
  'kept: no rule for this destination',
  'kept: last 1 of',
  'kept: daily 1 of',
  'kept: oldest, monthly',
  'kept: its full is',
  "kept: not in 's3' yet",
  'kept: to be stored again',
  'kept until ',
  'kept: locked, until when',
  'kept: clean-up stopped; else deleted: ',
];

function assertKept(trial: Trial, backup: string, copy: RetentionCopy): void {
  assert.ok(!trial.deleted.has(key(backup, copy)), `${key(backup, copy)} would be deleted`);
}

function copiesThere(
  backups: ReadonlyMap<string, RetentionBackup>,
  id: string | null,
): RetentionCopy[] {
  return (id === null ? undefined : backups.get(id))?.copies.filter(isThere) ?? [];
}

function hadCopy({ copies }: RetentionBackup, cloud: string): boolean {
  return copies.some((one) => one.destination === cloud && (!isThere(one) || isSound(one)));
}

function deletedWith(input: RetentionInput, force: boolean): Set<string> {
  return new Set(planRetention({ ...input, force }).deletions.map(keyOf));
}

/** deepEqual costs too much for thousands of plans. */
function assertSame(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) assert.deepEqual(actual, expected);
}

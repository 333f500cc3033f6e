import { describe, expect, test } from 'vitest';
import { passGate } from '../../../src/domain/turn.ts';

const gate = {
  kind: 'full' as const,
  window: '22:00-06:00',
  timeZone: 'UTC',
  startedAt: new Date('2026-03-01T00:00:00Z'),
};

describe('a run by a schedule', () => {
  test('may begin in its hours, and until they end', () => {
    const now = new Date('2026-03-01T01:00:00Z');
    expect(passGate({ ...gate, now })).toEqual({ until: new Date('2026-03-01T06:00:00Z') });
  });

  test('waits for its hours', () => {
    const now = new Date('2026-03-01T12:00:00Z');
    expect(passGate({ ...gate, now })).toEqual({
      state: 'closed',
      step: 'outside of its hours 22:00-06:00, which begin in 10 h 0 min',
      opensInSeconds: 36_000,
    });
  });

  test('may begin at any time where it has no hours', () => {
    const now = new Date('2026-03-02T12:00:00Z');
    expect(passGate({ ...gate, window: 'off', now })).toEqual({ until: null });
  });

  test('is skipped when it is an incremental that waited for its catch-up', () => {
    const incremental = { ...gate, kind: 'incremental' as const, window: 'off' };
    const until = new Date('2026-03-01T03:00:00Z');
    expect(passGate({ ...incremental, now: new Date('2026-03-01T02:59:00Z') })).toEqual({ until });
    expect(passGate({ ...incremental, now: until })).toEqual({
      state: 'skipped',
      reason: 'skipped: it could not begin within 3 hours',
    });
    const outside = { ...incremental, window: '12:00-14:00' };
    expect(passGate({ ...outside, now: gate.startedAt })).toMatchObject({ state: 'closed' });
    expect(passGate({ ...outside, now: until })).toMatchObject({ state: 'skipped' });
  });
});

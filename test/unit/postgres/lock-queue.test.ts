import { describe, expect, test } from 'vitest';
import { judgeLocks, type LockSession, type LockWait } from '../../../src/postgres/lock-queue.ts';

const holder = 1;
const pgDump = 2;
const application = 11;
const reader = 12;
const stranger = 13;

describe('an attempt is given up', () => {
  test('when one of ours waits behind somebody who waits for us', () => {
    const { giveUp } = judge([wait(application, [holder]), wait(pgDump, [application])]);
    expect(giveUp).toMatchObject({
      code: 'lock_conflict',
      message: `table 'public.t' is locked by process 11 (ALTER TABLE, role 'app'), which waits for our locks itself`,
    });
  });

  test('when there are others between the two', () => {
    const { giveUp } = judge([
      wait(application, [holder]),
      wait(stranger, [application]),
      wait(pgDump, [stranger]),
    ]);
    expect(giveUp?.code).toBe('lock_conflict');
  });

  test('when somebody has waited for us too long', () => {
    const { giveUp } = judge([wait(application, [holder]), wait(reader, [application])], 5);
    expect(giveUp).toMatchObject({
      code: 'blocked_too_long',
      message: `the dump kept process 11 (ALTER TABLE, role 'app') waiting for table 'public.t' too long`,
    });
  });
});

describe('an attempt goes on', () => {
  test('when nobody waits', () => {
    expect(judge([])).toEqual({ blocker: undefined, giveUp: undefined });
  });

  test('when somebody waits for us, not long yet', () => {
    expect(judge([wait(application, [holder])], 4).giveUp).toBeUndefined();
  });

  test('when others wait for each other', () => {
    const waits = [wait(application, [stranger]), wait(stranger, [application])];
    expect(judge(waits, 100).giveUp).toBeUndefined();
  });

  test('when one of ours waits for somebody who does not wait for us, and says for whom', () => {
    const verdict = judge([wait(pgDump, [stranger])], 100);
    expect(verdict).toEqual({
      blocker: `table 'public.t' is locked by process 13 (idle in transaction)`,
      giveUp: undefined,
    });
  });

  test('when somebody waits for our snapshot to end, but for no table', () => {
    const waits = [{ ...wait(application, [holder]), locktype: 'virtualxid', relation: null }];
    expect(judge(waits, 100).giveUp).toBeUndefined();
  });

  test('when a prepared transaction is in our way', () => {
    expect(judge([wait(pgDump, [0])]).blocker).toBe(
      `table 'public.t' is locked by a prepared transaction`,
    );
  });
});

function judge(waits: LockWait[], seconds = 0): ReturnType<typeof judgeLocks> {
  const sessions: LockSession[] = [
    { pid: holder, ours: true, user: 'backup', query: 'BEGIN', state: 'idle in transaction' },
    { pid: pgDump, ours: true, user: 'backup', query: 'LOCK TABLE', state: 'active' },
    {
      pid: application,
      ours: false,
      user: 'app',
      query: `/* secret */ -- note\n alter  TABLE t ADD x text DEFAULT 'secret'`,
      state: 'active',
    },
    { pid: reader, ours: false, user: 'app', query: 'SELECT 1', state: 'active' },
    { pid: stranger, ours: false, user: null, query: null, state: 'idle in transaction' },
  ];
  return judgeLocks(
    { waits, sessions: new Map(sessions.map((session) => [session.pid, session])) },
    { longest: 4, waited: () => seconds },
  );
}

function wait(pid: number, blockers: number[]): LockWait {
  return { pid, blockers, id: String(pid), locktype: 'relation', relation: 'public.t' };
}

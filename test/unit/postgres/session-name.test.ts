import { expect, test } from 'vitest';
import { dumpSessionName, sessionName } from '../../../src/postgres/session-name.ts';
import { withinRun } from '../../../src/system/run.ts';

const run = 'backup/shop/full-2026-03-01T02:00:00Z';
const long = `backup/${'x'.repeat(40)}/full-2026-03-01T02:00:00Z`;
const purpose = { purpose: 'restoring' };

test('a session says what it is for, and for which run', () => {
  expect(sessionName(purpose)).toBe('pma-backup: restoring');
  expect(withinRun(run, () => sessionName(purpose))).toBe(`pma-backup: restoring ${run}`);
  expect(withinRun(run, () => sessionName({ applicationName: 'x' }))).toBe('x');
});

test(`a dump's sessions have the name of its run, else of its backup`, () => {
  const names = ['shop_full_1', 'crm_full_1'].map((id) =>
    withinRun(run, () => dumpSessionName(id)),
  );
  for (const name of names) expect(name).toMatch(new RegExp(`^pma-backup:${run} \\w{6}$`));
  expect(names[0]).not.toBe(names[1]);
  expect(dumpSessionName('shop_full_1')).toBe('pma-backup:shop_full_1');
});

test('PostgreSQL cuts nothing off, and keeps apart what ends alike', () => {
  const names = [long, long.replace('x', 'y')].map((id) =>
    withinRun(id, () => dumpSessionName('')),
  );
  expect(names.map((name) => name.length)).toEqual([63, 63]);
  expect(names[0]).not.toBe(names[1]);
  expect(names[0]).toMatch(/^pma-backup:\w{6}~x+\/full-2026-03-01T02:00:00Z \w{6}$/);
  expect(withinRun('夜%', () => dumpSessionName(''))).toMatch(/^pma-backup:\w{6}~\?\? \w{6}$/);
});

import { expect, test } from 'vitest';
import { copiesExitStatus, exitStatus, proofExitStatus } from '../../../src/cli/exit-status.ts';
import type { CopyState } from '../../../src/domain/backup.ts';
import { summary } from './summaries.ts';

const copies = (...states: CopyState[]) =>
  states.map((state, index) => ({ destination: `d${index}`, uri: `/d${index}`, state }));
const failedProof = { ...summary().proof!, state: 'failed' as const, mismatches: 1 };

test.each([
  ['nothing', [], 0],
  ['a proven backup', [summary()], 0],
  ['a running backup', [summary({ state: 'running', proof: null })], 0],
  ['an unproven backup', [summary({ state: 'unproven' })], 5],
  ['a failed backup', [summary({ state: 'failed', copies: [], proof: null })], 1],
  ['a failed proof', [summary({ state: 'failed', proof: failedProof })], 1],
  ['a cancelled backup', [summary({ state: 'cancelled' })], 130],
  ['one of two destinations', [summary({ state: 'failed', copies: copies('good', 'failed') })], 3],
  ['no destination', [summary({ state: 'failed', copies: copies('failed', 'failed') })], 1],
  [
    'a failed proof in one of two destinations',
    [summary({ state: 'failed', proof: failedProof, copies: copies('good', 'failed') })],
    1,
  ],
  ['proven and unproven', [summary(), summary({ state: 'unproven' })], 5],
  ['unproven and failed', [summary({ state: 'unproven' }), summary({ state: 'failed' })], 1],
] as const)('%s has its exit status', (_, summaries, expected) => {
  expect(exitStatus(summaries)).toBe(expected);
});

test('a test restore ends with the status of its proof', () => {
  expect((['proven', 'failed', 'unproven'] as const).map(proofExitStatus)).toEqual([0, 1, 5]);
});

test('a check fails when a copy is missing or damaged', () => {
  const looked = { read: true, healed: false };
  const checked = (state: CopyState, healed = false) => [
    { backup: 'a', destination: 'local', uri: '/a', state: 'good' as const, ...looked },
    { backup: 'b', destination: 'local', uri: '/b', state, read: true, healed },
  ];
  expect(copiesExitStatus([])).toBe(0);
  expect(copiesExitStatus(checked('good'))).toBe(0);
  expect(copiesExitStatus(checked('missing'))).toBe(1);
  expect(copiesExitStatus(checked('damaged'))).toBe(1);
  expect(copiesExitStatus(checked('damaged', true))).toBe(0);
});

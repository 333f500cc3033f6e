import { expect, test } from 'vitest';
import { nameOfClaims, readMembers, roleOfClaims } from '../../../src/domain/role-of-claims.ts';

const members = { admin: ['dba'], operator: ['ops'], viewer: ['staff'] };

test.each([
  [['staff', 'dba'], 'admin'],
  [['staff', 'ops'], 'operator'],
  ['staff', 'viewer'],
  [['guests'], undefined],
  [undefined, undefined],
  [{ dba: true }, undefined],
])('the claim %j gives the role %s', (claim, role) => {
  expect(roleOfClaims(claim, members)).toBe(role);
});

test('without members nobody has a role, not even one whose claim is empty', () => {
  const none = { admin: readMembers(null), operator: readMembers(' , '), viewer: [] };
  expect(roleOfClaims('', none)).toBeUndefined();
  expect(roleOfClaims([''], none)).toBeUndefined();
});

test('a name is written small, and what is no name is none', () => {
  expect(nameOfClaims({ email: 'Ada@Example.com' }, 'email')).toBe('ada@example.com');
  expect(nameOfClaims({ email: '../x' }, 'email')).toBeUndefined();
  expect(nameOfClaims({ email: 5 }, 'email')).toBeUndefined();
  expect(nameOfClaims({}, 'email')).toBeUndefined();
});

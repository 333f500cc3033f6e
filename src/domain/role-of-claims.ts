import { isUserName, roles, type Role } from './access.ts';

/** What an OpenID Connect server says of somebody. */
export type Claims = Readonly<Record<string, unknown>>;

/** Which values of a claim stand for which role. */
export type RoleMembers = Readonly<Record<Role, readonly string[]>>;

/** The highest role that his claim gives him; undefined: none. */
export function roleOfClaims(claim: unknown, members: RoleMembers): Role | undefined {
  const values = (Array.isArray(claim) ? claim : [claim]) as readonly unknown[];
  return [...roles]
    .reverse()
    .find((role) => members[role].some((member) => values.includes(member)));
}

/** His name as we write names; undefined: it cannot be one. */
export function nameOfClaims(claims: Claims, nameClaim: string): string | undefined {
  const name = claims[nameClaim];
  const lower = typeof name === 'string' ? name.toLowerCase() : '';
  return isUserName(lower) ? lower : undefined;
}

/** The members of a setting's text. */
export function readMembers(text: string | null): string[] {
  return (text ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

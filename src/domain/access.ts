/** What may be asked of the service; an API token's scopes are some of these. */
export const permissions = [
  'read',
  'backup',
  'download',
  'restore',
  'cleanup',
  'schedule',
  'audit',
  'access',
] as const;
export type Permission = (typeof permissions)[number];

export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

const granted: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: ['read'],
  operator: ['read', 'backup'],
  admin: permissions,
};

/** What a user of this role may do, and where it is a token's: what its scopes leave of that. */
export function permissionsOf(role: Role, scopes?: readonly Permission[]): Permission[] {
  return granted[role].filter((permission) => scopes?.includes(permission) ?? true);
}

/** A user's name: part of log lines and paths, so plain characters alone. */
export function isUserName(text: string): boolean {
  return /^[a-z0-9][a-z0-9._@-]{0,63}$/.test(text);
}

/** What the audit log tells of. */
export const auditActions = [
  'login',
  'logout',
  'password',
  'user.add',
  'user.reset',
  'user.remove',
  'token.add',
  'token.remove',
  'backup',
  'cancel',
  'verify',
  'check',
  'download',
  'restore',
  'cleanup',
  'forget-host',
  'import',
  'hold',
  'release',
  'schedule.pause',
  'schedule.resume',
  'schedule.trigger',
] as const;
export type AuditAction = (typeof auditActions)[number];

/** One line of the audit log. */
export interface AuditEntry {
  /** Who, as far as is known. */
  readonly user: string | null;
  /** `session`, `token <name>`, `command line`; of a login: `password`, `OpenID Connect`. */
  readonly via: string;
  readonly address: string | null;
  readonly action: AuditAction;
  /** What it was done to: a backup's id, a user's name. */
  readonly target: string | null;
  /** `done`, or the code of the error; `begun`: another row tells how it ended, unless we did before. */
  readonly result: string;
}

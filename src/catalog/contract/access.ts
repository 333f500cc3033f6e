import type { AuditAction, AuditEntry, Permission, Role } from '../../domain/access.ts';

export interface User {
  readonly name: string;
  readonly role: Role;
  readonly createdAt: string;
  readonly lastLoginAt: string | null;
  /** The password is the one that we made: its owner has to choose another. */
  readonly mustChangePassword: boolean;
}

export interface NewSession {
  /** Of the secret in the cookie: whoever reads the catalog cannot log in with it. */
  readonly hash: string;
  readonly user: string;
  readonly address: string | null;
  readonly expiresAt: Date;
}

/** Whom a session or token stands for. */
export interface SessionOwner {
  readonly user: string;
  readonly role: Role;
  readonly mustChangePassword: boolean;
  readonly expiresAt: string;
}

export interface Token {
  readonly id: string;
  readonly name: string;
  readonly user: string;
  readonly scopes: readonly Permission[];
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly lastUsedAt: string | null;
}

export interface NewToken {
  readonly id: string;
  readonly hash: string;
  readonly name: string;
  readonly user: string;
  readonly scopes: readonly Permission[];
  readonly expiresAt: Date;
}

export interface TokenOwner {
  readonly id: string;
  readonly name: string;
  readonly user: string;
  readonly role: Role;
  readonly scopes: readonly Permission[];
}

export interface AuditRow extends AuditEntry {
  readonly id: string;
  readonly at: string;
}

export interface AuditFilter {
  readonly user?: string;
  readonly action?: AuditAction;
  /** Only older ones than this row. */
  readonly before?: string;
  readonly limit: number;
}

/** Who may use us, and what they did. */
export interface AccessCatalog {
  /** False: a user of that name is there already, and stays as it is. */
  addUser(user: {
    readonly name: string;
    readonly role: Role;
    readonly passwordHash: string | null;
    readonly mustChangePassword: boolean;
  }): Promise<boolean>;

  /**
   * The user that somebody is elsewhere: the one whose subject this is, or else a new one of that name; with this role
   * from now on. Undefined: another user has the name.
   */
  admitUser(user: {
    readonly subject: string;
    readonly name: string;
    readonly role: Role;
  }): Promise<string | undefined>;

  users(): Promise<User[]>;

  /** Of one user; undefined: no such user. A hash of null is a user that logs in elsewhere. */
  credentials(name: string): Promise<{ readonly passwordHash: string | null } | undefined>;

  /** Ends all sessions of the user. False: no such user. */
  setPassword(name: string, hash: string, options: { mustChange: boolean }): Promise<boolean>;

  /** With sessions and tokens. False: no such user. */
  removeUser(name: string): Promise<boolean>;

  startSession(session: NewSession): Promise<void>;

  /** Whom an unexpired session stands for, as it is now. */
  session(hash: string): Promise<SessionOwner | undefined>;

  endSession(hash: string): Promise<void>;

  addToken(token: NewToken): Promise<void>;

  tokens(): Promise<Token[]>;

  /** Whom an unexpired token stands for; notes that it was used. */
  token(hash: string): Promise<TokenOwner | undefined>;

  /** False: no such token. */
  removeToken(id: string): Promise<boolean>;

  audit(entry: AuditEntry): Promise<void>;

  /** Newest first. */
  auditLog(filter: AuditFilter): Promise<AuditRow[]>;
}

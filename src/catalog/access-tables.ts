import type { Generated } from 'kysely';
import type { AuditAction, Permission, Role } from '../domain/access.ts';

export interface UsersTable {
  name: string;
  role: Role;
  password_hash: string | null;
  must_change_password: boolean;
  /** Who he is at an OpenID Connect server. */
  subject: string | null;
  created_at: Generated<Date>;
  last_login_at: Date | null;
}

export interface SessionsTable {
  hash: string;
  user_name: string;
  address: string | null;
  created_at: Generated<Date>;
  expires_at: Date;
}

export interface TokensTable {
  id: string;
  hash: string;
  name: string;
  user_name: string;
  scopes: Permission[];
  created_at: Generated<Date>;
  expires_at: Date;
  last_used_at: Date | null;
}

export interface AuditTable {
  id: Generated<string>;
  at: Generated<Date>;
  user_name: string | null;
  via: string;
  address: string | null;
  action: AuditAction;
  target: string | null;
  result: string;
}

/** No foreign key of the audit log to users: it outlives them. */
export const createAccessTables = [
  `CREATE TABLE pma_backup.users (
     name text PRIMARY KEY,
     role text NOT NULL,
     password_hash text,
     must_change_password boolean NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now(),
     last_login_at timestamptz
   )`,
  `CREATE TABLE pma_backup.sessions (
     hash text PRIMARY KEY,
     user_name text NOT NULL REFERENCES pma_backup.users ON DELETE CASCADE,
     address text,
     created_at timestamptz NOT NULL DEFAULT now(),
     expires_at timestamptz NOT NULL
   )`,
  `CREATE INDEX sessions_of_user ON pma_backup.sessions (user_name)`,
  `CREATE TABLE pma_backup.tokens (
     id text PRIMARY KEY,
     hash text NOT NULL UNIQUE,
     name text NOT NULL,
     user_name text NOT NULL REFERENCES pma_backup.users ON DELETE CASCADE,
     scopes text[] NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now(),
     expires_at timestamptz NOT NULL,
     last_used_at timestamptz
   )`,
  `CREATE TABLE pma_backup.audit (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     at timestamptz NOT NULL DEFAULT now(),
     user_name text,
     via text NOT NULL,
     address text,
     action text NOT NULL,
     target text,
     result text NOT NULL
   )`,
  `CREATE INDEX audit_of_user ON pma_backup.audit (user_name, id DESC)`,
  `CREATE INDEX audit_of_action ON pma_backup.audit (action, id DESC)`,
];

export const addSubjects = [`ALTER TABLE pma_backup.users ADD subject text UNIQUE`];

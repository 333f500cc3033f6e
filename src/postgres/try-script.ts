import pg from 'pg';
import { formatContents } from '../domain/format.ts';
import type { Proof } from '../domain/proof.ts';
import type { SourceReading } from '../domain/source-reading.ts';
import type { Connection } from './connection.ts';
import { scratchUser } from '../system/os-user.ts';
import { noFindings } from './findings.ts';
import { findClientProgram } from './programs.ts';
import type { RestoreResult } from './restore-dump.ts';
import { restoreScript } from './restore-script.ts';
import {
  lookAround,
  scratchConnection,
  scratchName,
  type ScratchPlace,
} from './scratch-session.ts';
import { withSession } from './session.ts';
import { toProof } from './verdict.ts';

export interface TryScriptOptions {
  readonly backup: string;
  /** That of an import: nothing is known of it. */
  readonly source: SourceReading;
  readonly script: string;
  /** Superuser of a private scratch server. */
  readonly scratch: Connection;
  readonly signal: AbortSignal;
}

/**
 * Restores an SQL script of another system on a private scratch server and counts what came of it. There is nothing to
 * compare with, so the best that can be said is `unproven: restored without an error`.
 */
export async function tryScript(options: TryScriptOptions): Promise<Proof> {
  const startedAt = new Date();
  const { scratch, signal, backup, source } = options;
  const session = { purpose: 'proving', signal };
  return withSession(scratch, session, async (server) => {
    const place = await lookAround(server, { connection: scratch, guest: null });
    const { path: psql } = await findClientProgram('psql', place.version);
    const { target, result } = await restoreWithRoles({ ...options, server, place, psql });
    const ending =
      result.state === 'restored'
        ? { state: 'unproven' as const, reason: await describe(target, signal) }
        : { state: result.state, reason: result.reason };
    const outcome = { findings: noFindings(source), ending, warnings: result.warnings };
    return toProof(backup, startedAt, place.version, source, outcome);
  });
}

interface Attempt extends TryScriptOptions {
  readonly server: pg.Client;
  readonly place: ScratchPlace;
  readonly psql: string;
}

interface Tried {
  readonly target: Connection;
  readonly result: RestoreResult;
}

/** A script names the roles of its server: one that is missing is made, without rights, and the script begins anew. */
async function restoreWithRoles(attempt: Attempt): Promise<Tried> {
  const { server, place, psql, script, signal } = attempt;
  const made = new Set<string>();
  for (;;) {
    const name = scratchName(place, 'proof');
    const database = pg.escapeIdentifier(name);
    await server.query(`CREATE DATABASE ${database} TEMPLATE template0 ENCODING 'UTF8'`);
    const target = scratchConnection(place, name);
    const options = { script, target, psql, extensions: '', signal, user: scratchUser() };
    const result = await restoreScript(options);
    const role = result.state === 'failed' ? missingRole(result.reason) : undefined;
    if (role === undefined || made.has(role)) return { target, result };
    made.add(role);
    await server.query(`DROP DATABASE ${database} WITH (FORCE)`);
    await server.query(`CREATE ROLE ${pg.escapeIdentifier(role)} NOLOGIN`);
  }
}

function missingRole(reason: string): string | undefined {
  return /role "(?<role>[^"]+)" does not exist/.exec(reason)?.groups?.['role'];
}

async function describe(target: Connection, signal: AbortSignal): Promise<string> {
  const session = { purpose: 'counting', signal };
  const counted = await withSession(target, session, countRows);
  return `imported: it was restored without an error, ${formatContents(counted)}; what its source held is not known`;
}

async function countRows(client: pg.Client): Promise<{ tables: number; rows: number }> {
  const { rows: found } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND n.nspname NOT LIKE 'pg_toast%'`,
  );
  let rows = 0;
  for (const { name } of found) {
    const counted = await client.query<{ count: string }>(`SELECT count(*) FROM ONLY ${name}`);
    rows += Number(counted.rows[0]?.count ?? 0);
  }
  return { tables: found.length, rows };
}

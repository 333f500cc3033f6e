import { Kysely, Migrator, PostgresDialect } from 'kysely';
import { BackupError } from '../errors.ts';
import { describeConnection, type Connection } from '../postgres/connection.ts';
import { translatePgError } from '../postgres/pg-error.ts';
import { openPool } from '../postgres/pool.ts';
import { adoptionMethods } from './adoption.ts';
import { alarmMethods } from './alarms.ts';
import { auditMethods } from './audit.ts';
import { backupMethods } from './backups.ts';
import { conditionMethods } from './conditions.ts';
import type { Catalog } from './contract.ts';
import { copyMethods } from './copies.ts';
import { dayMethods } from './days.ts';
import { detailMethods } from './details.ts';
import { healingMethods } from './healing.ts';
import { freshnessMethods } from './freshness.ts';
import { holdMethods } from './holds.ts';
import { keyMethods } from './keys.ts';
import { leaseMethods } from './leases.ts';
import { measureMethods } from './measures.ts';
import { migrationProvider } from './migrations.ts';
import { oneTimeSecretMethods } from './one-time-secrets.ts';
import { overviewMethods } from './overview.ts';
import { proofMethods } from './proofs.ts';
import { restorableMethods } from './restorable.ts';
import { restoreMethods } from './restores.ts';
import { deletionMethods } from './deletions.ts';
import { ownRowsMethods } from './own-rows.ts';
import { selfTestMethods } from './self-test.ts';
import { retentionMethods } from './retention.ts';
import { summaryMethods } from './summaries.ts';
import { turnMethods } from './turns.ts';
import { catalogSchema, type CatalogDatabase, type Tables } from './tables.ts';
import { tokenMethods } from './tokens.ts';
import { sessionMethods, userMethods } from './users.ts';

const maxSessions = 5;

/**
 * Opens the catalog in a database that exists, and brings its tables up to date; several may do so at once. Throws
 * `catalog_unreachable`, or `start_failed` where a newer version of ours has changed the tables.
 */
export async function openCatalog(connection: Connection): Promise<Catalog> {
  const pool = await openPool(connection, {
    purpose: 'catalog',
    max: maxSessions,
  }).catch((error: unknown) => {
    throw unreachable(error, connection);
  });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    await migrate(db, connection);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return catalogOver(db.withSchema(catalogSchema), connection);
}

function catalogOver(db: CatalogDatabase, connection: Connection): Catalog {
  const catalog: Catalog = {
    ...backupMethods(db),
    ...summaryMethods(db),
    ...overviewMethods(db),
    ...measureMethods(db),
    ...detailMethods(db),
    ...dayMethods(db),
    ...copyMethods(db),
    ...retentionMethods(db),
    ...deletionMethods(db),
    ...holdMethods(db),
    ...proofMethods(db),
    ...alarmMethods(db),
    ...healingMethods(db),
    ...adoptionMethods(db),
    ...freshnessMethods(db),
    ...conditionMethods(db),
    ...keyMethods(db),
    ...leaseMethods(db),
    ...restorableMethods(db),
    ...restoreMethods(db),
    ...oneTimeSecretMethods(db),
    ...userMethods(db),
    ...sessionMethods(db),
    ...tokenMethods(db),
    ...auditMethods(db),
    ...turnMethods(db),
    ...ownRowsMethods(db),
    ...selfTestMethods(db),
    close: () => db.destroy(),
  };
  return translating(catalog, (error) => asCatalogError(error, connection));
}

/** Kysely holds an advisory lock meanwhile: who comes second waits and finds nothing to do. */
async function migrate(db: Kysely<Tables>, connection: Connection): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: migrationProvider,
    migrationTableSchema: catalogSchema,
    migrationTableName: 'migrations',
    migrationLockTableName: 'migrations_lock',
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  if (error instanceof Error && error.message.includes('corrupted migrations')) {
    throw new BackupError('start_failed', 'the catalog was changed by a newer version', {
      hint: 'use that version, or name another CATALOG_DATABASE_URL',
      cause: error,
    });
  }
  throw asCatalogError(error, connection);
}

type Method = (...args: unknown[]) => Promise<unknown>;

/** The same methods, which throw what `translate` makes of an error. */
function translating(catalog: Catalog, translate: (error: unknown) => BackupError): Catalog {
  const methods = Object.entries(catalog) as [string, Method][];
  const translated = methods.map(([name, method]): [string, Method] => [
    name,
    (...args) =>
      method(...args).catch((error: unknown) => {
        throw translate(error);
      }),
  ]);
  return Object.fromEntries(translated) as unknown as Catalog;
}

const lostCodes = ['server_unreachable', 'connection_lost', 'too_many_connections', 'host_unknown'];

function asCatalogError(error: unknown, connection: Connection): BackupError {
  const translated = translatePgError(error, connection);
  return lostCodes.includes(translated.code) ? unreachable(translated, connection) : translated;
}

function unreachable(error: unknown, connection: Connection): BackupError {
  const { message, hint } = translatePgError(error, connection);
  return new BackupError(
    'catalog_unreachable',
    `catalog '${describeConnection(connection)}' cannot be used: ${message}`,
    { ...(hint === undefined ? {} : { hint }), cause: error },
  );
}

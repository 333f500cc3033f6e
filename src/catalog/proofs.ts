import { sql } from 'kysely';
import type { Proof } from '../domain/proof.ts';
import type { ProofCatalog } from './contract/proofs.ts';
import type { CatalogDatabase } from './tables.ts';

/** The test restores of each backup. */
export function proofMethods(db: CatalogDatabase): ProofCatalog {
  return {
    recordProof: (proof) =>
      db.transaction().execute(async (transaction) => {
        const made = await insert(transaction, proof);
        if (!made) return;
        await decideState(transaction, proof);
        if (proof.state === 'proven') await notePassed(transaction, proof);
      }),
    async proof(id) {
      const row = await db
        .selectFrom('proofs')
        .select('report')
        .where('backup_id', '=', id)
        .orderBy('started_at', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row?.report;
    },
  };
}

/** False: it is there already. */
async function insert(db: CatalogDatabase, proof: Proof): Promise<boolean> {
  const row = await db
    .insertInto('proofs')
    .values({
      backup_id: proof.backup,
      state: proof.state,
      reason: proof.reason,
      started_at: new Date(proof.startedAt),
      seconds: proof.seconds,
      tables: proof.tables.length,
      rows: proof.tables.reduce((sum, { restored }) => sum + (restored?.rows ?? 0), 0),
      mismatches: proof.mismatches,
      report: JSON.stringify(proof),
    })
    .onConflict((conflict) => conflict.columns(['backup_id', 'started_at']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * A running backup is ended by `finishBackup`, a cancelled one stays it. An older proof that comes late decides nothing, and
 * one that could not be made, because of what is here now, says nothing against what another found.
 */
async function decideState(db: CatalogDatabase, proof: Proof): Promise<void> {
  const states = proof.state === 'unproven' ? untold : [...untold, ...told];
  await db
    .updateTable('backups')
    .set({ state: proof.state, reason: proof.reason })
    .where('id', '=', proof.backup)
    .where('state', 'in', states)
    .where((where) => where.not(where.exists(laterProofs(db, proof))))
    .execute();
}

const told = ['proven', 'failed'] as const;
const untold = ['unproven'] as const;

async function notePassed(db: CatalogDatabase, { backup, startedAt }: Proof): Promise<void> {
  await db
    .updateTable('backups')
    .set({ last_proven_at: sql`greatest(last_proven_at, ${new Date(startedAt)})` })
    .where('id', '=', backup)
    .execute();
}

/** Those that this one has to give way to. */
function laterProofs(db: CatalogDatabase, { backup, state, startedAt }: Proof) {
  return db
    .selectFrom('proofs')
    .select('proofs.id')
    .where('backup_id', '=', backup)
    .where('state', 'in', state === 'unproven' ? [...untold, ...told] : told)
    .where('started_at', '>', new Date(startedAt));
}

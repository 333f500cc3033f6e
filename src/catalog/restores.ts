import { sql } from 'kysely';
import type { RestoreCatalog } from './contract/restores.ts';
import type { RunOwner } from './contract/run-owner.ts';
import { secretId } from './one-time-secrets.ts';
import type { CatalogDatabase } from './tables.ts';

type Methods = Pick<
  RestoreCatalog,
  'startRestore' | 'finishRestore' | 'leaveRestore' | 'untidyRestores'
>;

/** Restores, above all what must be cleared away after one whose worker was killed. */
export function restoreMethods(db: CatalogDatabase): Methods {
  return {
    async startRestore({ owner, secret, ...restore }) {
      await db
        .insertInto('restores')
        .values({
          ...{ workflow_id: owner.workflowId, run_id: owner.runId, state: 'running', ...restore },
          secret: secret === null ? null : secretId(secret),
        })
        .onConflict((conflict) => conflict.columns(['workflow_id', 'run_id']).doNothing())
        .execute();
    },
    async finishRestore(owner, { state, reason, summary }) {
      await db
        .updateTable('restores')
        .set({ state, reason, summary: summary && JSON.stringify(summary) })
        .set({ finished_at: sql`now()` })
        .where('workflow_id', '=', owner.workflowId)
        .where('run_id', '=', owner.runId)
        .where('state', '=', 'running')
        .execute();
    },
    leaveRestore: (owner, end) =>
      db.transaction().execute((transaction) => leaveRestore(transaction, owner, end)),
    async untidyRestores() {
      const rows = await db
        .selectFrom('restores')
        .select(['workflow_id', 'run_id', 'backup', 'target', 'restoring'])
        .where('tidy', '=', false)
        .orderBy('started_at')
        .execute();
      return rows.map(({ workflow_id, run_id, ...restore }) => ({
        ...restore,
        owner: { workflowId: workflow_id, runId: run_id },
      }));
    },
  };
}

async function leaveRestore(
  db: CatalogDatabase,
  owner: RunOwner,
  { tidy }: { readonly tidy: boolean },
): Promise<void> {
  const left = await db
    .updateTable('restores')
    .set({ tidy })
    .where('workflow_id', '=', owner.workflowId)
    .where('run_id', '=', owner.runId)
    .returning('secret')
    .executeTakeFirst();
  if (left?.secret) await db.deleteFrom('one_time_secrets').where('id', '=', left.secret).execute();
}

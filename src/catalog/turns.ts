import { sql, type Transaction } from 'kysely';
import type { LeaseCatalog, TurnRequest } from './contract/leases.ts';
import type { RunOwner } from './contract/run-owner.ts';
import type { CatalogDatabase, Tables } from './tables.ts';

/** Who of those that wait goes next. */
export function turnMethods(db: CatalogDatabase): Pick<LeaseCatalog, 'takeTurn' | 'handOver'> {
  return {
    async takeTurn(request) {
      return inOrder(db, async (transaction) => {
        await enter(transaction, request);
        const given = await giveAll(transaction);
        const isTaken = given.some((owner) => isSame(owner, request.owner));
        const standing = isTaken ? { ahead: 0, busy: [] } : await standingOf(transaction, request);
        return {
          isTaken,
          ...standing,
          given: given.filter((owner) => !isSame(owner, request.owner)),
        };
      });
    },
    handOver: () => inOrder(db, giveAll),
  };
}

type InTransaction = Transaction<Tables>;

/** One at a time: two that give out places at once would give the same one twice. */
function inOrder<T>(
  db: CatalogDatabase,
  work: (transaction: InTransaction) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(hashtextextended('turns', 0))`.execute(transaction);
    return work(transaction);
  });
}

async function enter(
  transaction: InTransaction,
  { owner, resources, dueAt, until }: TurnRequest,
): Promise<void> {
  const asked = { resources: JSON.stringify(resources), until };
  await transaction
    .insertInto('turns')
    .values({ workflow_id: owner.workflowId, run_id: owner.runId, due_at: dueAt, ...asked })
    .onConflict((conflict) => conflict.columns(['workflow_id', 'run_id']).doUpdateSet(asked))
    .execute();
}

/**
 * Gives places to those who wait, in the order in which they were due; who cannot have all that it needs is passed over
 * and keeps its place in the line.
 */
async function giveAll(transaction: InTransaction): Promise<RunOwner[]> {
  const held = await transaction.selectFrom('leases').selectAll().execute();
  const given: RunOwner[] = [];
  for (const turn of await waiting(transaction)) {
    const owner = { workflowId: turn.workflow_id, runId: turn.run_id };
    const holdersOf = (resource: string) => held.filter((lease) => lease.resource === resource);
    const missing = turn.resources.filter(({ resource }) =>
      holdersOf(resource).every((lease) => !isSame(ownerOf(lease), owner)),
    );
    if (missing.some(({ resource, capacity }) => holdersOf(resource).length >= capacity)) continue;
    const leases = missing.map(({ resource }) => ({
      resource,
      slot: firstFree(holdersOf(resource).map(({ slot }) => slot)),
      workflow_id: owner.workflowId,
      run_id: owner.runId,
    }));
    if (leases.length > 0) await transaction.insertInto('leases').values(leases).execute();
    held.push(...leases.map((lease) => ({ ...lease, since: new Date() })));
    await transaction.deleteFrom('turns').where('id', '=', turn.id).execute();
    given.push(owner);
  }
  return given;
}

/** How many come before it, and who holds what it needs. */
async function standingOf(transaction: InTransaction, { owner, resources }: TurnRequest) {
  const line = await waiting(transaction);
  const at = line.findIndex((turn) =>
    isSame({ workflowId: turn.workflow_id, runId: turn.run_id }, owner),
  );
  const busy = [];
  for (const { resource, capacity } of resources) {
    const holders = await transaction
      .selectFrom('leases')
      .selectAll()
      .where('resource', '=', resource)
      .execute();
    const others = holders.map(ownerOf).filter((holder) => !isSame(holder, owner));
    if (others.length >= capacity) busy.push({ resource, holders: others });
  }
  return { ahead: Math.max(0, at), busy };
}

function waiting(transaction: InTransaction) {
  return transaction
    .selectFrom('turns')
    .selectAll()
    .where((where) => where.or([where('until', 'is', null), where('until', '>', sql<Date>`now()`)]))
    .orderBy('due_at')
    .orderBy('id')
    .execute();
}

function firstFree(slots: readonly number[]): number {
  let slot = 0;
  while (slots.includes(slot)) slot += 1;
  return slot;
}

function ownerOf({ workflow_id, run_id }: { workflow_id: string; run_id: string }): RunOwner {
  return { workflowId: workflow_id, runId: run_id };
}

function isSame(one: RunOwner, other: RunOwner): boolean {
  return one.workflowId === other.workflowId && one.runId === other.runId;
}

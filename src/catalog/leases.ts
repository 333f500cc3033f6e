import { sql } from 'kysely';
import type { Lease, LeaseCatalog } from './contract/leases.ts';
import type { RunOwner } from './contract/run-owner.ts';
import type { CatalogDatabase } from './tables.ts';

/** Who may do what only so many may do at once. */
export function leaseMethods(
  db: CatalogDatabase,
): Pick<LeaseCatalog, 'takeLease' | 'leaseOwners' | 'releaseLeases'> {
  return {
    async takeLease(lease, isAlive) {
      const others = await tryTake(db, lease);
      if (others === 'taken') return true;
      const dead = await filterDead(others, isAlive);
      if (dead.length === 0) return false;
      for (const owner of dead) await release(db, owner, lease.resource);
      return (await tryTake(db, lease)) === 'taken';
    },
    async leaseOwners(prefix) {
      const rows = await db
        .selectFrom('leases')
        .select(['workflow_id as workflowId', 'run_id as runId'])
        .distinct()
        .where(sql<boolean>`starts_with(resource, ${prefix})`)
        .execute();
      return rows;
    },
    releaseLeases: async (owner, resource) => {
      await release(db, owner, resource);
      if (resource === undefined) await leaveLine(db, owner);
    },
  };
}

/** `taken`, or the owners of all its places. */
function tryTake(db: CatalogDatabase, lease: Lease): Promise<'taken' | RunOwner[]> {
  const { resource, capacity, owner } = lease;
  return db.transaction().execute(async (transaction) => {
    await lockResource(transaction, resource);
    const held = await transaction
      .selectFrom('leases')
      .selectAll()
      .where('resource', '=', resource)
      .orderBy('slot')
      .execute();
    const owners = held.map((row) => ({ workflowId: row.workflow_id, runId: row.run_id }));
    if (owners.some((other) => isSame(other, owner))) return 'taken';
    if (held.length >= capacity) return owners;
    const slots = new Set(held.map(({ slot }) => slot));
    let slot = 0;
    while (slots.has(slot)) slot += 1;
    await transaction
      .insertInto('leases')
      .values({ resource, slot, workflow_id: owner.workflowId, run_id: owner.runId })
      .execute();
    return 'taken';
  });
}

/** Until the end of the transaction nobody else takes or looks at leases on this. */
export async function lockResource(transaction: CatalogDatabase, resource: string): Promise<void> {
  const key = `lease:${resource}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(transaction);
}

/** Outside of the transaction: asking takes time. */
async function filterDead(
  owners: readonly RunOwner[],
  isAlive: (owner: RunOwner) => Promise<boolean>,
): Promise<RunOwner[]> {
  const dead: RunOwner[] = [];
  for (const owner of owners) if (!(await isAlive(owner))) dead.push(owner);
  return dead;
}

async function release(
  db: CatalogDatabase,
  { workflowId, runId }: RunOwner,
  resource?: string,
): Promise<void> {
  await db
    .deleteFrom('leases')
    .where('workflow_id', '=', workflowId)
    .where('run_id', '=', runId)
    .$if(resource !== undefined, (query) => query.where('resource', '=', resource ?? ''))
    .execute();
}

async function leaveLine(db: CatalogDatabase, { workflowId, runId }: RunOwner): Promise<void> {
  await db
    .deleteFrom('turns')
    .where('workflow_id', '=', workflowId)
    .where('run_id', '=', runId)
    .execute();
}

function isSame(one: RunOwner, other: RunOwner): boolean {
  return one.workflowId === other.workflowId && one.runId === other.runId;
}

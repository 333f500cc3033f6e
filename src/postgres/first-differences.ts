import type pg from 'pg';
import type { Proof, TableProof } from '../domain/proof.ts';
import { toBackupError } from '../errors.ts';
import { pinSession } from './fingerprint.ts';
import { restoreDatabase } from './restored-database.ts';
import { firstDifferentRows } from './row-difference.ts';
import type { Scratch } from './scratch-target.ts';
import { dropScratchDatabase } from './scratch-database.ts';
import { withSession } from './session.ts';
import { scratchConnection, scratchName } from './scratch-session.ts';

const mostTables = 20;

export interface FirstDifferences {
  readonly differences: Proof['firstDifferences'];
  /** What could not be found out, and why. */
  readonly remarks: readonly string[];
}

/**
 * The keys of the first rows that differ, table by table. The source has moved on, so the rows are loaded from the dump a
 * second time, without constraints and triggers, and compared with what was restored. This explains a failed proof and
 * decides nothing: what goes wrong here is a remark.
 */
export async function findFirstDifferences(options: {
  readonly scratch: Scratch;
  /** A session on the restored database. */
  readonly client: pg.Client;
  readonly tables: readonly TableProof[];
}): Promise<FirstDifferences> {
  const { scratch, client } = options;
  const differing = options.tables.filter(({ equal, restored }) => !equal && restored !== null);
  if (differing.length === 0) return { differences: [], remarks: [] };
  try {
    return await compareAgain(scratch, client, differing.slice(0, mostTables));
  } catch (error) {
    scratch.dump.signal.throwIfAborted();
    const why = toBackupError(error).message;
    return { differences: [], remarks: [`the first differing rows could not be found: ${why}`] };
  }
}

async function compareAgain(
  scratch: Scratch,
  client: pg.Client,
  tables: readonly TableProof[],
): Promise<FirstDifferences> {
  const name = scratchName(scratch, 'again');
  try {
    const { connection, result } = await restoreDatabase(scratch, name, tables);
    if (result.state !== 'restored') return { differences: [], remarks: [result.reason] };
    const session = { purpose: 'comparing', signal: scratch.dump.signal };
    return await withSession(connection, session, async (again) => {
      await pinSession(again);
      return compareRows(again, client, tables);
    });
  } finally {
    if (!scratch.dump.signal.aborted)
      await dropScratchDatabase(scratch.server, scratchConnection(scratch, name));
  }
}

async function compareRows(
  again: pg.Client,
  client: pg.Client,
  tables: readonly TableProof[],
): Promise<FirstDifferences> {
  const differences: { table: string; keys: string[] }[] = [];
  for (const { schema, table } of tables) {
    const keys = await firstDifferentRows([client, again], { schema, table });
    differences.push({ table: `${schema}.${table}`, keys });
  }
  const remarks = differences
    .filter(({ keys }) => keys.length === 0)
    .map(
      ({ table }) =>
        `table '${table}' was restored as it is dumped: the dump differs from the source`,
    );
  return { differences: differences.filter(({ keys }) => keys.length > 0), remarks };
}

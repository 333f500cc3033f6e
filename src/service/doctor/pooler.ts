import type { Client } from 'pg';
import { words } from '../../domain/words.ts';
import type { Connection } from '../../postgres/connection.ts';
import { findPooler } from '../../postgres/pooler.ts';
import { failed, ok, warning, type Finding } from './check.ts';

/** Whether a pooler stands between us and the server, and whether it gives each transaction another session. */
export async function checkPooler(
  client: Client,
  connection: Connection,
  signal: AbortSignal,
): Promise<Finding> {
  switch (await findPooler(client, connection, { purpose: 'doctor', signal })) {
    case 'none':
      return ok(words('pooler.none'));
    case 'session':
      return warning(words('pooler.session'), words('pooler.session.hint'));
    case 'transaction':
      return failed(words('pooler.transaction'), words('pooler.transaction.hint'));
  }
}

import { createHash } from 'node:crypto';
import { isOfSelfTest, selfTestRestored } from '../domain/self-test.ts';
import type { DatabaseSettings } from './databases.ts';
import { invalid } from './sources.ts';

/**
 * The settings of a throw-away database of the self-test, by its name: those of the first database that is protected, on
 * the same server and with the same role, but for modules and unproven incrementals. undefined: it is no such name, or no database is protected.
 */
export function selfTestSettings(
  [first]: readonly DatabaseSettings[],
  name: string,
): DatabaseSettings | undefined {
  if (!first || !isOfSelfTest(name)) return undefined;
  const { connection } = first;
  // Two services that protect databases of one server must not take each other's.
  const mark = createHash('sha256').update(connection.database).digest('hex').slice(0, 8);
  const database = `pma_backup_self_test_${mark}${name === selfTestRestored ? '_restored' : ''}`;
  // What it makes it wants to see proven.
  const proof = { ...first.proof, incrementals: 'always' as const };
  return {
    ...{ ...first, name, proof, enabled: false, modules: {} },
    connection: { ...connection, database },
  };
}

/** Throws `invalid_settings` where a database of the settings has the name of one that is thrown away. */
export function refuseSelfTestName({ name }: Pick<DatabaseSettings, 'name'>): void {
  if (!isOfSelfTest(name)) return;
  throw invalid(
    `the name '${name}' is that of a database which 'self-test' makes and throws away`,
    `give the database another 'name'`,
  );
}

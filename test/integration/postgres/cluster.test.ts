import { expect, test } from 'vitest';
import { createTestDatabase } from '../../harness/postgres.ts';

test('gives a database', async () => {
  const database = await createTestDatabase('cluster "x" 数据');
  const client = await database.connect();
  const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
  expect(rows[0]?.name).toBe(database.name);
  await client.end();
  await database.drop();
});

import { expect, test } from 'vitest';
import { openCatalog } from '../../../src/catalog/catalog.ts';
import { loadSettings } from '../../../src/config.ts';
import { clearForgottenAlarms } from '../../../src/service/forgotten-alarms.ts';
import { createTestDatabase } from '../../harness/postgres.ts';

test('alarms of what went out of the settings are over, and people are told so', async () => {
  const database = await createTestDatabase('forgotten');
  const catalog = await openCatalog(database.connection);
  const open = async () => (await catalog.alarms()).map(({ key }) => key).sort();
  try {
    const about = { database: null, message: 'x failed', hint: null };
    const gone = ['backup:old:full', 'proof:old', 'copy:shop_full_20260101_000000:s3'];
    const stay = ['backup:shop:full', 'cleanup-host:a'];
    for (const key of [...gone, ...stay]) await catalog.raiseAlarm({ key, ...about });
    const claim = { owner: 'test', now: new Date(), repeatHours: 24 };
    await catalog.claimDueAlarms(claim);
    await clearForgottenAlarms(catalog, loadSettings({ environment: {}, file: null }));
    expect(await open()).toEqual([...gone, ...stay].sort());
    const environment = { DATABASE_URL: 'postgres://pma@127.0.0.1:1/shop' };
    await clearForgottenAlarms(catalog, loadSettings({ environment, file: null }));
    expect(await open()).toEqual([...stay].sort());
    const due = await catalog.claimDueAlarms({ ...claim, owner: 'another' });
    expect(due.map(({ key, event }) => `${event} ${key}`).sort()).toEqual(
      gone.map((key) => `cleared ${key}`).sort(),
    );
  } finally {
    await catalog.close();
    await database.drop();
  }
});

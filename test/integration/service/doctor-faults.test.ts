import { mkdtemp, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Check } from '../../../src/service/doctor/check.ts';
import { ensureSchedule } from '../../../src/temporal/schedules.ts';
import { runCommand } from '../../harness/run-command.ts';
import { createHealthySystem, type HealthySystem } from './healthy-system.ts';

let system: HealthySystem;

beforeAll(async () => {
  system = await createHealthySystem();
}, 180_000);

afterAll(() => system.close());

const file = (name: string) => path.join(system.place, name);

/** What `doctor` prints and how it exits, in the system as it is but for these variables. */
async function doctor(changed: Record<string, string> = {}, options = '') {
  const settings = () => system.settings(changed);
  const ran = await runCommand(`doctor --json ${options}`, { settings });
  return { status: ran.status, checks: ran.json() as Check[] };
}

interface Fault {
  readonly what: string;
  /** Gives the variables that it needs. */
  readonly plant: () => Promise<Record<string, string>>;
  readonly mend?: () => Promise<unknown>;
  readonly options?: string;
  readonly check: string;
  /** It keeps no backup from working. */
  readonly isWarning?: true;
  readonly message: RegExp;
  readonly fix: RegExp;
}

const bySetting = (changed: Record<string, string>) => () => Promise.resolve(changed);
const bySql = (sql: string) => () => system.onSource(sql).then(() => ({}));

async function hugeFile(): Promise<string> {
  const { rows } = await system.onSource(`SELECT pg_relation_filepath('pg_class') AS path`);
  const [{ path: relation }] = rows as [{ path: string }];
  return path.join(system.source.directory, path.dirname(relation), 'huge');
}

let pathBefore: string;

/** Every program that is on the PATH but that one. */
async function withoutProgram(missing: string): Promise<Record<string, string>> {
  pathBefore = process.env['PATH'] ?? '';
  const programs = await mkdtemp(path.join(system.place, 'programs-'));
  for (const directory of pathBefore.split(':')) {
    for (const name of await readdir(directory).catch(() => [])) {
      if (name === missing) continue;
      await symlink(path.join(directory, name), path.join(programs, name)).catch(() => undefined);
    }
  }
  process.env['PATH'] = programs;
  return {};
}

async function otherKey(): Promise<Record<string, string>> {
  const [theirs, ours] = [await generateIdentity(), await generateIdentity()];
  await writeFile(file('identity'), `${ours}\n`);
  return {
    BACKUP_AGE_PASSPHRASE_FILE: '',
    BACKUP_AGE_RECIPIENTS: await identityToRecipient(theirs),
    BACKUP_AGE_IDENTITY_FILE: file('identity'),
  };
}

const faults: Fault[] = [
  {
    what: 'a setting with a wrong value',
    plant: bySetting({ TZ: 'Moon/Base' }),
    ...{ check: 'settings', message: /TZ.*Moon\/Base/, fix: /config show/ },
  },
  {
    what: 'a file of a key that is not there',
    plant: bySetting({ BACKUP_AGE_PASSPHRASE_FILE: '/nonexistent/passphrase' }),
    ...{ check: 'settings', message: /\/nonexistent\/passphrase/, fix: /./ },
  },
  {
    what: 'a role that does not exist',
    plant: () => Promise.resolve({ DATABASE_URL: system.sourceUrl({ user: 'nobody' }) }),
    ...{ check: `database 'shop': server`, message: /'nobody'/, fix: /password/ },
  },
  {
    what: 'a database that does not exist',
    plant: () => Promise.resolve({ DATABASE_URL: system.sourceUrl({ database: 'ship' }) }),
    ...{ check: `database 'ship': server`, message: /no database 'ship'/, fix: /./ },
  },
  {
    what: 'a table that the role may not read',
    plant: () => Promise.resolve({ DATABASE_URL: system.sourceUrl({ user: 'reader' }) }),
    check: `database 'shop': privileges`,
    ...{ message: /1 table/, fix: /GRANT SELECT ON TABLE "public"."orders" TO "reader";/ },
  },
  {
    what: 'row security that hides rows',
    plant: async () => {
      await system.onSource('ALTER TABLE orders ENABLE ROW LEVEL SECURITY');
      return { DATABASE_URL: system.sourceUrl({ user: 'knower' }) };
    },
    mend: bySql('ALTER TABLE orders DISABLE ROW LEVEL SECURITY'),
    check: `database 'shop': row security`,
    ...{ message: /'orders'/, fix: /ALTER ROLE "knower" BYPASSRLS/ },
  },
  {
    what: 'a database of the server that nobody protects',
    plant: bySql('CREATE DATABASE forgotten'),
    mend: bySql('DROP DATABASE forgotten'),
    ...{ check: `database 'shop': other databases`, isWarning: true },
    ...{ message: /nobody protects 'forgotten'/, fix: /databases/ },
  },
  {
    what: 'an extension that the scratch server lacks',
    plant: bySql(`UPDATE pg_extension SET extversion = '99.9' WHERE extname = 'plpgsql'`),
    mend: bySql(`UPDATE pg_extension SET extversion = '1.0' WHERE extname = 'plpgsql'`),
    check: `database 'shop': extensions`,
    ...{ message: /'plpgsql' 99\.9/, fix: /install the package|VERIFY_DATABASE_URL/ },
  },
  {
    what: 'a scratch server that is the source',
    plant: () => {
      const host = `${system.source.connection('shop').host}/.`; // by another name
      return Promise.resolve({ VERIFY_DATABASE_URL: system.sourceUrl({ host }) });
    },
    ...{ check: 'scratch server', message: /is the server of database 'shop'/ },
    fix: /VERIFY_DATABASE_URL to another server/,
  },
  {
    what: 'a location for backups that cannot be written to',
    plant: async () => {
      await writeFile(file('a file'), ''); // permissions would not stop root
      return { BACKUP_LOCATION: file('a file/backups') };
    },
    ...{ check: 'backup location', message: /is not writable/, fix: /give it to the user/ },
  },
  {
    what: 'a disk that is too small for the next backup',
    plant: async () => {
      await writeFile(await hugeFile(), '');
      await truncate(await hugeFile(), 8e12);
      return {};
    },
    mend: async () => rm(await hugeFile()),
    ...{ check: 'free space', message: /may need 24(\.0)? TB/, fix: /free some space/ },
  },
  {
    what: 'a program that is not installed',
    plant: () => withoutProgram('zstd'),
    mend: () => Promise.resolve((process.env['PATH'] = pathBefore)),
    ...{ check: 'program zstd', message: /'zstd' is not installed/, fix: /install it/ },
  },
  {
    what: 'a catalog that does not answer',
    plant: bySetting({ CATALOG_DATABASE_URL: 'postgres://pma@127.0.0.1:1/catalog' }),
    ...{ check: 'catalog', message: /127\.0\.0\.1/, fix: /./ },
  },
  {
    what: 'a Temporal server that does not answer',
    plant: bySetting({ TEMPORAL_ADDRESS: '127.0.0.1:1' }),
    ...{ check: 'Temporal', message: /127\.0\.0\.1:1/, fix: /TEMPORAL_ADDRESS/ },
  },
  {
    what: 'a schedule that is gone',
    plant: async () => {
      await system.service.client.schedule.getHandle(system.schedules()[0]!.id).delete();
      await system.untilListed(system.schedules().length - 1);
      return {};
    },
    mend: async () => {
      await ensureSchedule(system.service.client, system.schedules()[0]!, true);
      await system.untilListed(system.schedules().length);
    },
    ...{
      check: 'schedules',
      isWarning: true,
      message: /1 are missing, such as 'pma-backup\/shop\//,
    },
    fix: /start the service/,
  },
  {
    what: 'a secret of the bucket that is wrong',
    plant: bySetting({ AWS_SECRET_ACCESS_KEY: 'of yesterday' }),
    ...{ check: `destination 's3'`, message: /SignatureDoesNotMatch/, fix: /secret/ },
  },
  {
    what: 'a bucket that is not there',
    plant: bySetting({ AWS_S3_BUCKET: 'nowhere' }),
    ...{ check: `destination 's3'`, message: /NoSuchBucket/, fix: /make bucket 'nowhere'/ },
  },
  {
    what: 'a private key that does not open what is encrypted',
    plant: otherKey,
    ...{ check: 'encryption', message: /the private key here is that of age1/ },
    fix: /BACKUP_AGE_RECIPIENTS or BACKUP_AGE_IDENTITY_FILE/,
  },
  {
    what: 'a private key that is not here',
    plant: async () => ({ ...(await otherKey()), BACKUP_AGE_IDENTITY_FILE: '' }),
    ...{ check: 'encryption', isWarning: true, message: /no private key is here/ },
    fix: /BACKUP_AGE_IDENTITY_FILE/,
  },
  {
    what: 'a passphrase of stored backups that is not here',
    plant: bySetting({ BACKUP_AGE_PASSPHRASE_FILE: '' }),
    ...{ check: 'stored keys', isWarning: true, message: /^key not here: .* \(1\)$/ },
    fix: /BACKUP_AGE_PASSPHRASE_FILE/,
  },
  {
    what: 'nobody who is told',
    plant: bySetting({ ALERT_WEBHOOK_URL: '' }),
    ...{ check: 'alerts', isWarning: true, message: /nobody is told/, fix: /ALERT_WEBHOOK_URL/ },
  },
  {
    what: 'a channel that takes no message',
    plant: bySetting({ ALERT_WEBHOOK_URL: 'http://127.0.0.1:1/hook' }),
    options: '--alerts',
    ...{ check: `channel 'webhook'`, message: /did not take the message/, fix: /./ },
  },
  {
    what: 'a recovery kit that does not hold any more',
    plant: bySetting({ BACKUP_LOCATION: '/tmp' }),
    ...{ check: 'recovery kit', isWarning: true, message: /were changed since/ },
    fix: /pma-backup recovery-kit/,
  },
];

test('a healthy system is all green, and the exit status is 0', async () => {
  await system.untilListed(system.schedules().length);
  const { status, checks } = await doctor({}, '--alerts');
  expect(checks.filter(({ state }) => state !== 'ok')).toEqual([]);
  expect(checks.length).toBeGreaterThan(30);
  expect(status).toBe(0);
  expect(system.receiver.received.at(-1)?.json()).toMatchObject({ event: 'test' });
});

describe('doctor finds, and names what mends it:', () => {
  test.each(faults)('$what', async (fault) => {
    const planted = await fault.plant();
    const { status, checks } = await doctor(planted, fault.options).finally(() => fault.mend?.());
    const found = checks.filter(({ name, state }) => name === fault.check && state !== 'ok');
    expect(found[0], JSON.stringify(checks.filter(({ state }) => state !== 'ok'))).toBeDefined();
    expect(found[0]).toMatchObject({
      state: fault.isWarning ? 'warning' : 'failed',
      message: expect.stringMatching(fault.message) as string,
      hint: expect.stringMatching(fault.fix) as string,
    });
    expect(status).toBe(fault.isWarning ? 0 : 1);
  });
});

test('all is green again when it is mended', async () => {
  const { checks } = await doctor();
  expect(checks.filter(({ state }) => state !== 'ok')).toEqual([]);
});

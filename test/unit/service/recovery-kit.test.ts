import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Catalog } from '../../../src/catalog/catalog.ts';
import { loadSettings, type Settings } from '../../../src/config.ts';
import { words } from '../../../src/domain/words.ts';
import { checkRecoveryKit } from '../../../src/service/doctor/recovery-kit.ts';
import { makeRecoveryKit, recoveryKitIsStale } from '../../../src/service/recovery-kit.ts';
import { removeTree } from '../../../src/system/files.ts';

const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';
const catalog = { newest: () => Promise.resolve(undefined) } as unknown as Catalog;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'kit-'));
});

afterAll(() => removeTree(directory));

function settings(changes: Record<string, string> = {}): Settings {
  const environment = {
    ...{ PMA_STATE_DIR: directory, DATABASE_URL: 'postgres://me:hidden@db.example.com/shop' },
    ...{ AWS_S3_BUCKET: 'prod-backups', AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKID' },
    ...{ AWS_SECRET_ACCESS_KEY: 'hidden', BACKUP_AGE_RECIPIENTS: recipient },
    ...changes,
  };
  return loadSettings({ environment, file: null });
}

test('names places and keys, and holds no secret', async () => {
  const file = path.join(directory, 'kit.md');
  const { page } = await makeRecoveryKit(
    { catalog, settings: settings() },
    { file, language: 'en' },
  );
  expect(await readFile(file, 'utf8')).toBe(page);
  for (const fact of ['prod-backups', 'eu-west-1', 'AKID', recipient, 'catalog rebuild', 'shop']) {
    expect(page).toContain(fact);
  }
  expect(page).toContain('There was no proven full backup yet.');
  expect(page).not.toContain('hidden');
});

test('is written into a directory that it makes, and into no other place than a file', async () => {
  const write = (file: string) =>
    makeRecoveryKit({ catalog, settings: settings() }, { file, language: 'en' });
  const file = path.join(directory, 'new', 'kit.md');
  await write(file);
  expect(await readFile(file, 'utf8')).toContain('# Recovery kit');
  const refused = { code: 'directory_not_writable' };
  await expect(write(path.join(directory, 'new'))).rejects.toMatchObject(refused);
  await expect(write(path.join(file, 'kit.md'))).rejects.toMatchObject(refused);
});

test('says the same in Chinese, with the same commands', async () => {
  const of = async (language: 'en' | 'zh-CN') =>
    (await makeRecoveryKit({ catalog, settings: settings() }, { language })).page;
  const [english, chinese] = [await of('en'), await of('zh-CN')];
  const commands = (page: string) => page.match(/```sh\n[^]*?```/g);
  expect(commands(chinese)).toEqual(commands(english));
  for (const fact of ['prod-backups', 'eu-west-1', 'AKID', recipient, 'shop']) {
    expect(chinese).toContain(fact);
  }
  const prose = chinese.replace(/```sh\n[^]*?```/g, '').split('\n');
  expect(prose.filter((line) => line !== '' && !/[一-鿿]/.test(line))).toEqual([]);
  expect(chinese).not.toContain('hidden');
});

test('is stale when a place or a key is another one, and when it is old', async () => {
  const day = 24 * 3600 * 1000;
  const inDays = (days: number) => new Date(Date.now() + days * day);
  const none = await recoveryKitIsStale(settings({ PMA_STATE_DIR: '/nowhere' }));
  expect(none).toEqual(words('recoveryKit.none'));
  await makeRecoveryKit({ catalog, settings: settings() }, { language: 'en' });
  expect(await recoveryKitIsStale(settings())).toBeNull();
  expect(await recoveryKitIsStale(settings({ AWS_SECRET_ACCESS_KEY: 'rotated' }))).toBeNull();
  const changed = { key: 'recoveryKit.changed' };
  expect(await recoveryKitIsStale(settings({ AWS_S3_BUCKET: 'another' }))).toMatchObject(changed);
  expect(await recoveryKitIsStale(settings({ BACKUP_AGE_RECIPIENTS: '' }))).toMatchObject(changed);
  expect(await recoveryKitIsStale(settings(), inDays(179))).toBeNull();
  const old = await recoveryKitIsStale(settings(), inDays(182));
  expect(old).toEqual(words('recoveryKit.old', { days: 182 }));
});

test('doctor warns of a stale one', async () => {
  await makeRecoveryKit({ catalog, settings: settings() }, { language: 'en' });
  expect(await checkRecoveryKit(settings())).toMatchObject({ state: 'ok' });
  expect(await checkRecoveryKit(settings({ AWS_S3_BUCKET: 'another' }))).toMatchObject({
    ...{ state: 'warning', hint: expect.stringContaining('recovery-kit') as string },
  });
});

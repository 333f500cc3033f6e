import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import {
  databaseSettings,
  describeSettings,
  loadSettings,
  settingsTable,
} from '../../src/config.ts';
import type { Environment, Settings } from '../../src/config.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'pma-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

function load(environment: Environment = {}, flags: Record<string, unknown> = {}): Settings {
  return loadSettings({ environment, flags, file: null });
}

function loadYaml(yaml: string, environment: Environment = {}): Settings {
  return loadSettings({ environment, file: write('pma-backup.yaml', yaml) });
}

function write(name: string, content: string): string {
  const file = path.join(directory, name);
  writeFileSync(file, content);
  return file;
}

function problem(action: () => unknown): { message: string; hint: string | undefined } {
  try {
    action();
  } catch (error) {
    expect(error).toMatchObject({ name: 'BackupError', code: 'invalid_settings' });
    return error as { message: string; hint: string | undefined };
  }
  throw new Error('nothing was thrown');
}

describe('defaults', () => {
  test('an empty environment is enough', () => {
    const settings = load();
    expect(settings).toMatchObject({
      enabled: true,
      schedule: '00:00',
      retentionDays: 30,
      databases: [],
      catalog: null,
      verify: null,
      compression: { algorithm: 'zstd', level: 3 },
      dump: { maxBlockSeconds: 60, lockTimeoutSeconds: 5 },
      temporal: { address: null, namespace: 'default', apiKey: null },
      ports: { temporal: 7233, temporalUi: 8233, console: 8080 },
    });
    expect(path.isAbsolute(settings.stateDirectory)).toBe(true);
    expect(settings.location).toBe(path.join(settings.stateDirectory, 'backups'));
    expect(settings.warnings).toEqual([]);
  });

  test('settings cannot be changed', () => {
    const settings = load();
    expect(Object.isFrozen(settings) && Object.isFrozen(settings.temporal.tls)).toBe(true);
  });

  test('an empty variable counts as not set', () => {
    expect(load({ TEMPORAL_ADDRESS: '', TEMPORAL_API_KEY: '', BACKUP_SCHEDULE: '' })).toEqual(
      load(),
    );
  });
});

describe('sources', () => {
  test('flag wins over environment over file over default', () => {
    const yaml = 'dump:\n  jobs: 2\n  maxBlockSeconds: 20\nretentionDays: 7\n';
    const file = write('pma-backup.yaml', yaml);
    const environment = { BACKUP_DUMP_JOBS: '3', BACKUP_MAX_BLOCK_SECONDS: '30' };
    const settings = loadSettings({ environment, file, flags: { 'dump.jobs': 4 } });
    expect(settings.dump).toEqual({ jobs: 4, maxBlockSeconds: 30, lockTimeoutSeconds: 5 });
    expect(settings.retentionDays).toBe(7);
    expect(settings.origins).toMatchObject({
      'dump.jobs': 'flag',
      'dump.maxBlockSeconds': 'environment',
      retentionDays: 'file',
      'dump.lockTimeoutSeconds': 'default',
    });
  });

  test('a relative path in the file is relative to the file', () => {
    expect(loadYaml('location: store').location).toBe(path.join(directory, 'store'));
  });

  test('PMA_CONFIG names the file', () => {
    const file = write('other.yaml', 'retentionDays: 3');
    expect(loadSettings({ environment: { PMA_CONFIG: file } })).toMatchObject({
      retentionDays: 3,
      file,
    });
  });

  test('a secret may stand in a file of its own, read at each call', () => {
    const file = write('key', 'first\n');
    const environment = { TEMPORAL_API_KEY_FILE: file };
    expect(load(environment).temporal.apiKey?.reveal()).toBe('first');
    write('key', 'second\n');
    expect(load(environment).temporal.apiKey?.reveal()).toBe('second');
    expect(loadYaml('temporal:\n  apiKeyFile: key').temporal.apiKey?.reveal()).toBe('second');
  });
});

describe('databases', () => {
  test('DATABASE_URL gives one, named after the database', () => {
    const [database] = load({ DATABASE_URL: 'postgres://me:geheim@db/My_Shop' }).databases;
    expect(database).toMatchObject({ name: 'my-shop', dump: { maxBlockSeconds: 60 } });
    expect(database?.connection).toMatchObject({ host: 'db', user: 'me', database: 'My_Shop' });
    expect(database?.connection.password?.reveal()).toBe('geheim');
  });

  test('PG* variables give one, too', () => {
    const [database] = load({ PGHOST: 'db', PGDATABASE: 'shop', PGUSER: 'me' }).databases;
    expect(database).toMatchObject({ name: 'shop', connection: { host: 'db', user: 'me' } });
  });

  test('the file lists several, each with settings of its own', () => {
    write('pw', 'geheim\n');
    const settings = loadYaml(
      `
retentionDays: 10
databases:
  - name: shop
    url: postgres://me@db1/Shop
    passwordFile: pw
    retentionDays: 90
    compression: { level: 9 }
  - host: db2
    port: 6543
    database: 人事
    name: hr
  - name: plain
`,
      { BACKUP_COMPRESSION_LEVEL: '5', PGHOST: 'db3' },
    );
    expect(settings.databases).toMatchObject([
      { name: 'shop', retentionDays: 90, compression: { algorithm: 'zstd', level: 9 } },
      { name: 'hr', retentionDays: 10, compression: { level: 5 } },
      { name: 'plain', connection: { host: 'db3', database: 'plain' } },
    ]);
    expect(databaseSettings(settings, 'shop').connection.password?.reveal()).toBe('geheim');
    expect(databaseSettings(settings, 'hr').connection).toMatchObject({
      host: 'db2',
      port: 6543,
      database: '人事',
    });
    expect(() => databaseSettings(settings, 'nope')).toThrow(
      `database 'nope' is not in the settings`,
    );
  });

  test('two of one name are refused', () => {
    const yaml = 'databases: [{url: "postgres://a/x"}, {url: "postgres://b/X"}]';
    expect(problem(() => loadYaml(yaml)).message).toBe(`two databases are named 'x'`);
  });

  test('a server that we protect is refused for test restores', () => {
    const environment = { DATABASE_URL: 'postgres://me@db/shop' };
    const onServer = (server: string) => () =>
      load({ ...environment, VERIFY_DATABASE_URL: `postgres://me@${server}/postgres` });
    expect(onServer('db:5432')).toThrow(`'verifyUrl' is the server of database 'shop', db:5432`);
    expect(onServer('db:5433')).not.toThrow();
  });

  test('DATABASE_URL wins over the list, and that is said', () => {
    const settings = loadYaml('databases: [{name: a}]', { DATABASE_URL: 'postgres://db/b' });
    expect(settings.databases.map(({ name }) => name)).toEqual(['b']);
    expect(settings.warnings).toEqual([`DATABASE_URL wins over 'databases' in the settings file`]);
  });
});

describe('what is wrong is named', () => {
  test.each<[Environment, string]>([
    [
      { BACKUP_DUMP_JOBS: 'many' },
      `setting 'BACKUP_DUMP_JOBS' must be a whole number from 1 to 64, got 'many'`,
    ],
    [
      { BACKUP_RETENTION_DAYS: '-1' },
      `setting 'BACKUP_RETENTION_DAYS' must be a whole number from 0 to 36500, got '-1'`,
    ],
    [
      { BACKUP_SCHEDULE: '25:00' },
      `setting 'BACKUP_SCHEDULE' must be times such as '00:00', '06:00, 18:00', 'Sunday 02:00' or 'day 1 05:00', or a cron line such as '30 2 * * *', or 'off', got '25:00'`,
    ],
    [
      { BACKUP_ENABLED: 'perhaps' },
      `setting 'BACKUP_ENABLED' must be 'true' or 'false', got 'perhaps'`,
    ],
    [
      { TZ: 'Moon/Base' },
      `setting 'TZ' must be a time zone name such as 'Asia/Shanghai' or 'UTC', got 'Moon/Base'`,
    ],
    [
      { BACKUP_COMPRESSION: 'lzma' },
      `setting 'BACKUP_COMPRESSION' must be one of zstd, gzip, got 'lzma'`,
    ],
    [
      { BACKUP_COMPRESSION: 'gzip', BACKUP_COMPRESSION_LEVEL: '12' },
      `setting 'compression.level' must be 1 to 9 for gzip, got '12'`,
    ],
    [
      { BACKUP_FORMAT: 'tar' },
      `setting 'BACKUP_FORMAT' must be one of directory, plain, custom, got 'tar'`,
    ],
    [
      { TEMPORAL_API_KEY: 'x', TEMPORAL_API_KEY_FILE: 'y' },
      `both 'TEMPORAL_API_KEY' and 'TEMPORAL_API_KEY_FILE' are set`,
    ],
    [
      { DATABASE_URL: 'postgres://u:geheim@h/d?sslmod=require' },
      `connection parameter 'sslmod' is unknown`,
    ],
  ])('in the environment: %o', (environment, message) => {
    expect(problem(() => load(environment)).message).toBe(message);
  });

  test.each([
    ['retentionDay: 3', `setting 'retentionDay' is unknown`, `did you mean 'retentionDays'?`],
    ['dump: {job: 3}', `setting 'dump.job' is unknown`, `did you mean 'jobs'?`],
    ['databases: [{nam: x}]', `setting 'databases[0].nam' is unknown`, `did you mean 'name'?`],
    ['dump: 3', `setting 'dump' must hold settings of its own`, expect.any(String)],
    [
      'retentionDays: soon',
      `setting 'retentionDays' must be a whole number from 0 to 36500, got 'soon'`,
      expect.any(String),
    ],
    [
      'temporal: {apiKey: 4711}',
      `setting 'temporal.apiKey' must be a text (in quotes if it looks like a number)`,
      expect.any(String),
    ],
    ['- a', `must hold 'name: value' lines`, expect.any(String)],
  ])('in the file: %s', (yaml, message, hint) => {
    const found = problem(() => loadYaml(yaml));
    expect(found.message).toContain(message);
    expect(found.hint).toEqual(hint);
  });

  test('broken YAML is told by its line, without its text', () => {
    const { message } = problem(() => loadYaml('enabled: true\ncatalogUrl: "geheim\n'));
    expect(message).toMatch(/is no YAML at line \d/);
    expect(message).not.toContain('geheim');
  });

  test('a misspelt variable is warned of', () => {
    expect(load({ BACKUP_RETENTION_DAY: '3' }).warnings).toEqual([
      `'BACKUP_RETENTION_DAY' is no setting: did you mean 'BACKUP_RETENTION_DAYS'?`,
    ]);
  });
});

describe('what is shown', () => {
  const environment = {
    DATABASE_URL: 'postgres://me:geheim@db/shop',
    CATALOG_DATABASE_URL: 'postgres://me:geheim@db/catalog',
    TEMPORAL_API_KEY: 'geheim',
    BACKUP_SCHEDULE: '02:30',
    BACKUP_MODULES: 'a=s.t,s.u; b=x.*',
  };

  test('no secret is in the settings, however they are printed', () => {
    const settings = load(environment);
    const all = [
      describeSettings(settings),
      JSON.stringify(settings),
      inspect(settings, { depth: 9 }),
    ];
    expect(JSON.stringify(all)).not.toContain('geheim');
  });

  test('every setting with its value and its source', () => {
    const described = describeSettings(load(environment));
    expect(described).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'schedule', value: '02:30', source: 'environment' }),
        expect.objectContaining({ name: 'temporal.apiKey', value: '***', source: 'environment' }),
        expect.objectContaining({ name: 'modules', value: 'a=s.t,s.u; b=x.*' }),
        expect.objectContaining({ name: 'catalogUrl', value: 'me@db:5432/catalog' }),
        expect.objectContaining({ name: 'databases[0]', value: 'shop: me@db:5432/shop' }),
      ]),
    );
  });

  test('the table of the documents has one row per setting', () => {
    const lines = settingsTable().split('\n');
    expect(lines).toHaveLength(describeSettings(load()).length + 5); // two of the head, three lists
    expect(lines).toContainEqual(
      expect.stringContaining('`TEMPORAL_API_KEY`, `TEMPORAL_API_KEY_FILE`'),
    );
  });
});

import { describe, expect, it } from 'vitest';
import {
  storedKinds,
  databaseNameFrom,
  formatBackupId,
  holdFile,
  isDatabaseName,
  manifestFile,
  nextBackupName,
  parseBackupId,
  parseReportFile,
  proofFile,
} from '../../../src/domain/backup-name.ts';

const time = new Date('2026-11-22T12:47:36Z');

describe('a backup id', () => {
  it('is read back as it was written, for every kind, with a module and without', () => {
    for (const kind of storedKinds) {
      for (const module of [null, 'dictionaries', 'a-b-1']) {
        for (const database of ['app', 'my-app-2', '0']) {
          const name = { database, kind, module, time };
          expect(parseBackupId(formatBackupId(name))).toEqual(name);
        }
      }
    }
  });

  it('says UTC and whole seconds', () => {
    const name = { database: 'app', kind: 'full' as const, module: null, time };
    expect(formatBackupId(name)).toBe('app_full_20261122_124736');
    expect(formatBackupId({ ...name, time: new Date('2026-11-22T12:47:36.999Z') })).toBe(
      'app_full_20261122_124736',
    );
  });

  it('gives way to the next second when it is taken, also over midnight', () => {
    const last = new Date('2026-12-31T23:59:59Z');
    const next = nextBackupName({ database: 'app', kind: 'full', module: null, time: last });
    expect(formatBackupId(next)).toBe('app_full_20270101_000000');
  });

  it.each([
    'app_full_20261122',
    'app_ful_20261122_124736',
    'App_full_20261122_124736',
    'app_full_20261322_124736',
    'app_full__20261122_124736',
    'cloud_backup_20240101_000000',
    '../app_full_20261122_124736',
    '',
  ])('is not read from %j', (text) => {
    expect(parseBackupId(text)).toBeUndefined();
  });
});

describe('the files of a backup', () => {
  it('carry its id, and a proof its time, to the millisecond: two may end within one second', () => {
    expect(manifestFile('app_full_20261122_124736')).toBe('app_full_20261122_124736.manifest.json');
    expect(proofFile('app_full_20261122_124736', time)).toBe(
      'app_full_20261122_124736.proof.20261122_124736_000.json',
    );
  });
});

describe('the name of a database', () => {
  it.each([
    ['app', 'app'],
    ['My_App', 'my-app'],
    ['研究 db', '---db'.replace(/^-+/, '')],
    ['___', 'database'],
    ['a"b', 'a-b'],
  ])('made from %j is %j', (postgresName, name) => {
    expect(databaseNameFrom(postgresName)).toBe(name);
    expect(isDatabaseName(name)).toBe(true);
  });
});

describe('the name of a stored manifest, proof or hold', () => {
  it('is read back as it was written', () => {
    const id = formatBackupId({ database: 'my-app', kind: 'full', module: 'a-b', time });
    expect(parseReportFile(manifestFile(id))).toEqual({ id, what: 'manifest' });
    expect(parseReportFile(proofFile(id, time))).toEqual({ id, what: 'proof' });
    expect(parseReportFile(`${id}.proof.20261122_124736.json`)).toEqual({ id, what: 'proof' });
    expect(parseReportFile(holdFile(id))).toEqual({ id, what: 'hold' });
  });

  it('is no other file', () => {
    const id = 'app_full_20261122_124736';
    for (const file of [`${id}.tar.zst`, `${id}.held.json`, 'manifest.json', 'a.manifest.json']) {
      expect(parseReportFile(file)).toBeUndefined();
    }
  });
});

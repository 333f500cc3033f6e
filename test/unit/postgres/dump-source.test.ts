import { describe, expect, test } from 'vitest';
import { requireSupported } from '../../../src/postgres/dump-source.ts';

const server = { host: 'db.example', port: 5432 };
const check =
  (version: number, standby = false) =>
  () =>
    requireSupported({ version, standby }, server);

describe('a server', () => {
  test.each([130_000, 150_018, 180_004])('of version %d can be backed up', (version) => {
    expect(check(version)).not.toThrow();
  });

  test.each([
    [120_022, 'PostgreSQL 12', 'upgrade the server'],
    [190_000, 'PostgreSQL 19', 'upgrade PMA Backup'],
  ])('of version %d is refused with what to do', (version, name, hint) => {
    const message = `server 'db.example' port 5432 is ${name}, supported are 13 to 18`;
    expect(check(version)).toThrow(
      expect.objectContaining({ code: 'server_unsupported', message, hint }),
    );
  });

  test('that is a standby is refused', () => {
    expect(check(150_018, true)).toThrow(expect.objectContaining({ code: 'standby_refused' }));
  });
});

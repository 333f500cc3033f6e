import { describe, expect, test } from 'vitest';
import { neededRoles, onlyNeeded } from '../../../src/domain/needed-roles.ts';

const memberships = [
  { role: 'app', member: 'alice', grantor: 'postgres' },
  { role: 'alice', member: 'alice_tool', grantor: 'postgres' },
  { role: 'staff', member: 'app', grantor: 'chief' },
  { role: 'staff', member: 'chief', grantor: 'postgres' },
  { role: 'staff', member: 'stranger', grantor: 'postgres' },
  { role: 'elsewhere', member: 'alice', grantor: 'postgres' },
  { role: 'pg_monitor', member: 'alice', grantor: 'doctor' },
];

describe('the roles that a database needs', () => {
  const needed = neededRoles(['app'], memberships);

  test('are its owners, their members and theirs, their groups, and who granted these', () => {
    expect([...needed].sort()).toEqual([
      ...['alice', 'alice_tool', 'app', 'chief', 'doctor', 'postgres', 'staff'],
    ]);
  });

  test('are what is kept of the globals, with their tablespaces', () => {
    const script = [
      '--\n-- Roles\n--\n',
      "SET client_encoding = 'UTF8';\nCREATE ROLE app;\nALTER ROLE app WITH NOLOGIN;",
      'CREATE ROLE "an other";\nALTER ROLE "an other" WITH LOGIN;\nCREATE ROLE alice;',
      "COMMENT ON ROLE stranger IS 'CREATE ROLE app;';",
      'GRANT app TO alice WITH INHERIT TRUE GRANTED BY postgres;',
      'GRANT staff TO stranger GRANTED BY postgres;',
      'GRANT pg_monitor TO alice WITH ADMIN OPTION GRANTED BY doctor;',
      'GRANT SET ON PARAMETER work_mem TO alice;\nGRANT SET ON PARAMETER work_mem TO stranger;',
      "CREATE TABLESPACE fast OWNER app LOCATION '/fast';\nGRANT ALL ON TABLESPACE fast TO alice;",
      "CREATE TABLESPACE slow OWNER stranger LOCATION '/slow';",
    ].join('\n');
    const kept = onlyNeeded(script, { roles: needed, tablespaces: new Set(['fast']) });
    expect(kept.split('\n').filter((line) => !line.startsWith('SET '))).toEqual([
      'CREATE ROLE app;',
      'ALTER ROLE app WITH NOLOGIN;',
      'CREATE ROLE alice;',
      'GRANT app TO alice WITH INHERIT TRUE GRANTED BY postgres;',
      'GRANT pg_monitor TO alice WITH ADMIN OPTION GRANTED BY doctor;',
      'GRANT SET ON PARAMETER work_mem TO alice;',
      "CREATE TABLESPACE fast OWNER app LOCATION '/fast';",
      'GRANT ALL ON TABLESPACE fast TO alice;',
      '',
    ]);
  });
});

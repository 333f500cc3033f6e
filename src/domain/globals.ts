import { splitName, splitSql, unquote } from './sql-text.ts';

/** One statement of `pg_dumpall --globals-only`. */
export interface GlobalStatement {
  readonly sql: string;
  readonly kind: 'role' | 'membership' | 'tablespace' | 'parameter';
  /** The role that is made or changed; null for the other kinds. */
  readonly role: string | null;
}

/** Reads the statements of `pg_dumpall --globals-only`, those that only set up its own session left out. */
export function splitGlobals(script: string): GlobalStatement[] {
  return splitSql(script.replace(/^\\(un)?restrict \w+$/gm, ''), ';')
    .filter((sql) => !/^SET /.test(sql))
    .map((sql) => ({ sql, kind: kindOf(sql), role: roleOf(sql) }));
}

/**
 * What of the roles is missing or too much after a restore, one line each. Passwords are not compared, nor is who
 * granted a membership. Roles in `untouched` were there before; `namesOnly` looks at names and memberships alone.
 */
export function compareGlobals(options: {
  readonly expected: string;
  readonly restored: string;
  readonly untouched: readonly string[];
  readonly namesOnly: boolean;
}): string[] {
  const { untouched, namesOnly } = options;
  const [expected, restored] = [options.expected, options.restored].map((script) =>
    splitGlobals(script)
      .filter(({ kind, role }) => isCompared(kind) && (role === null || !untouched.includes(role)))
      .filter(({ sql }) => !namesOnly || /^(CREATE ROLE|GRANT) /.test(sql))
      .map(({ sql }) => canonical(sql, namesOnly)),
  ) as [string[], string[]];
  const [wanted, got] = [new Set(expected), new Set(restored)];
  return [
    ...[...wanted].filter((sql) => !got.has(sql)).map((sql) => `not restored: ${sql}`),
    ...[...got].filter((sql) => !wanted.has(sql)).map((sql) => `restored in addition: ${sql}`),
  ];
}

function isCompared(kind: GlobalStatement['kind']): boolean {
  return kind !== 'tablespace';
}

function kindOf(sql: string): GlobalStatement['kind'] {
  if (
    /^(CREATE|ALTER|COMMENT ON|SECURITY LABEL .* ON) TABLESPACE |^(GRANT|REVOKE) .* ON TABLESPACE /s.test(
      sql,
    )
  )
    return 'tablespace';
  if (/^(GRANT|REVOKE) .* ON PARAMETER /s.test(sql)) return 'parameter';
  return /^(GRANT|REVOKE) /.test(sql) ? 'membership' : 'role';
}

const roleStatement = /^(?:CREATE ROLE|ALTER ROLE|COMMENT ON ROLE) ("[^"]*(?:""[^"]*)*"|[^\s"]+)/;

function roleOf(sql: string): string | null {
  const name = roleStatement.exec(sql)?.[1];
  return name === undefined ? null : unquote(name);
}

function canonical(sql: string, namesOnly: boolean): string {
  const membership =
    /^(GRANT .*? TO .*?)(?: WITH (?<options>[A-Z, ]+?))?(?: GRANTED BY .*)?$/s.exec(sql);
  if (kindOf(sql) !== 'membership' || !membership) return sql.replace(/ PASSWORD '[^']*'/, '');
  const options = membership.groups?.['options'];
  return options === undefined || namesOnly
    ? (membership[1] ?? sql)
    : `${membership[1] ?? ''} WITH ${options}`;
}

/** The name of the tablespace that a statement makes, for the report; undefined for any other statement. */
export function createdTablespace(sql: string): string | undefined {
  const name = /^CREATE TABLESPACE ("[^"]*(?:""[^"]*)*"|\S+)/.exec(sql)?.[1];
  return name === undefined ? undefined : splitName(name)[0];
}

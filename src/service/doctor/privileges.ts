import { escapeIdentifier, type Client } from 'pg';
import { words, type Part, type Words } from '../../domain/words.ts';
import { failed, ok, warning, type Finding } from './check.ts';

// Partitioned tables too: pg_dump locks them, and a lock needs the right to read.
const ourRelations = `
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

const unreadableSchemas = `
  SELECT DISTINCT n.nspname AS schema ${ourRelations}
    AND c.relkind IN ('r', 'p', 'S') AND NOT has_schema_privilege(n.oid, 'USAGE')
  ORDER BY 1`;

const unreadableRelations = `
  SELECT n.nspname AS schema, c.relname AS name, c.relkind = 'S' AS sequence ${ourRelations}
    AND CASE c.relkind
          WHEN 'S' THEN NOT has_sequence_privilege(c.oid, 'SELECT')
          ELSE c.relkind IN ('r', 'p') AND NOT has_table_privilege(c.oid, 'SELECT')
        END
  ORDER BY 1, 2`;

const unreadableLargeObjects = `
  SELECT m.oid::text AS oid FROM pg_largeobject_metadata m
  WHERE NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
    AND NOT pg_has_role(m.lomowner, 'USAGE')
    AND NOT EXISTS (
      SELECT FROM aclexplode(m.lomacl) a WHERE a.privilege_type = 'SELECT'
        AND (a.grantee = 0 OR pg_has_role(a.grantee, 'USAGE')))
  ORDER BY m.oid`;

const shown = 5;

/** Whether the role may read every table, sequence and large object; the hint has the exact GRANT lines. */
export async function checkPrivileges(client: Client): Promise<Finding> {
  const role = await currentRole(client);
  const grantee = escapeIdentifier(role);
  const schemas = await client.query<{ schema: string }>(unreadableSchemas);
  const relations = await client.query<Relation>(unreadableRelations);
  const objects = await client.query<{ oid: string }>(unreadableLargeObjects);
  const grants = [
    ...schemas.rows.map(({ schema }) => `USAGE ON SCHEMA ${escapeIdentifier(schema)}`),
    ...relations.rows.map(grantOnRelation),
    ...objects.rows.map(({ oid }) => `SELECT ON LARGE OBJECT ${oid}`),
  ].map((grant) => `GRANT ${grant} TO ${grantee};`);
  if (grants.length === 0) return ok(words('privileges.all', { role }));
  const lines = [
    words('privileges.grants', { grants: grants.slice(0, shown).join(' ') }),
    ...more(grants.length),
    ...readAllData(grantee, relations.rows),
  ];
  return failed(
    describe(role, relations.rows, { schemas: schemas.rows.length, objects: objects.rows.length }),
    words('privileges.hint', { lines }),
  );
}

/** Whether row security would hide rows from the role: a dump of a part would look like a whole one. */
export async function checkRowSecurity(client: Client): Promise<Finding> {
  const role = await currentRole(client);
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.oid::regclass::text AS name ${ourRelations}
       AND c.relkind IN ('r', 'p') AND row_security_active(c.oid) ORDER BY 1`,
  );
  if (rows.length === 0) return ok(words('rowSecurity.none', { role }));
  const names = rows
    .slice(0, shown)
    .map(({ name }) => `'${name}'`)
    .join(', ');
  return failed(
    rows.length > shown
      ? words('rowSecurity.hidesMore', { names, more: rows.length - shown, role })
      : words('rowSecurity.hides', { names, role }),
    words('rowSecurity.hint', { grantee: escapeIdentifier(role) }),
  );
}

/** Whether there are subscriptions that pg_dump leaves out because the role may not see how they connect. */
export async function checkSubscriptions(client: Client): Promise<Finding> {
  const { rows } = await client.query<{ count: number; super: boolean }>(
    `SELECT (SELECT count(*)::int FROM (
         SELECT s.subname FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
         WHERE d.datname = current_database()) mine) AS count,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS super`,
  );
  const { count = 0, super: isSuper = true } = rows[0] ?? {};
  if (count === 0 || isSuper) return ok(words('subscriptions.none'));
  return warning(words('subscriptions.left', { count }), words('subscriptions.left.hint'));
}

interface Relation {
  readonly schema: string;
  readonly name: string;
  readonly sequence: boolean;
}

function grantOnRelation({ schema, name, sequence }: Relation): string {
  return `SELECT ON ${sequence ? 'SEQUENCE' : 'TABLE'} ${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
}

function describe(
  role: string,
  relations: readonly Relation[],
  { schemas, objects }: { readonly schemas: number; readonly objects: number },
): Words {
  const sequences = relations.filter(({ sequence }) => sequence).length;
  const counts = [
    ['privileges.tables', relations.length - sequences],
    ['privileges.sequences', sequences],
    ['privileges.schemas', schemas],
    ['privileges.largeObjects', objects],
  ] as const;
  const what = counts.flatMap(([key, count]) => (count === 0 ? [] : words(key, { count })));
  const [first] = relations;
  if (!first) return words('privileges.lacks', { role, what });
  return words('privileges.lacksSuch', { role, what, first: `${first.schema}.${first.name}` });
}

function more(grants: number): Part[] {
  return grants > shown ? [words('privileges.more', { count: grants - shown })] : [];
}

function readAllData(grantee: string, relations: readonly Relation[]): Part[] {
  return relations.length === 0 ? [] : [words('privileges.readAll', { grantee })];
}

async function currentRole(client: Client): Promise<string> {
  const { rows } = await client.query<{ role: string }>('SELECT current_user AS role');
  return rows[0]?.role ?? '?';
}

import { databaseNameFrom, isDatabaseName } from '../domain/backup-name.ts';
import { parseConnection, type Connection } from '../postgres/connection.ts';
import { Secret } from '../secret.ts';
import { readTree } from './read-tree.ts';
import { databaseSchema, type Tree, type Values } from './schema.ts';
import { secret, text } from './setting.ts';
import { fromFile, fromEnvironment, invalid, isObject } from './sources.ts';
import type { Environment, Written } from './sources.ts';

/** One database that we protect, with the settings that hold for it. */
export interface DatabaseSettings extends Values<typeof databaseSchema> {
  readonly name: string;
  readonly connection: Connection;
}

/** `DATABASE_URL`: wins over the list in the file. */
export const databaseUrl = secret({
  environment: 'DATABASE_URL',
  help: 'The database to protect; several are listed in the file under `databases`',
});

const part = (environment: string) =>
  text({ environment, fallback: null, help: 'Part of the connection, as in libpq' });

/** How an entry of `databases` says where its database is: each part stands in for a variable of libpq. */
const connectionParts = {
  host: part('PGHOST'),
  port: part('PGPORT'),
  user: part('PGUSER'),
  password: secret({ environment: 'PGPASSWORD', help: 'Password' }),
  passfile: part('PGPASSFILE'),
  database: part('PGDATABASE'),
  sslmode: part('PGSSLMODE'),
  sslrootcert: part('PGSSLROOTCERT'),
  sslcert: part('PGSSLCERT'),
  sslkey: part('PGSSLKEY'),
  options: part('PGOPTIONS'),
  connectTimeout: part('PGCONNECT_TIMEOUT'),
};

const entryTree = {
  name: part(''),
  url: secret({ environment: '', help: 'Connection URL' }),
  ...connectionParts,
  ...databaseSchema,
} satisfies Tree;

export interface DatabaseSources {
  readonly environment: Environment;
  /** The value of `databases` in the file; undefined: not there. */
  readonly listed: unknown;
  readonly directory: string;
  /** What holds for all databases. */
  readonly general: Values<typeof databaseSchema>;
  readonly flags: ReadonlyMap<string, Written>;
}

/** The databases of `DATABASE_URL`, else of the list in the file, else of the PG* variables, else none. */
export function readDatabases(sources: DatabaseSources): readonly DatabaseSettings[] {
  const url = fromEnvironment(databaseUrl, sources.environment);
  if (url) return [single(String(url.value), sources)];
  if (sources.listed !== undefined && sources.listed !== null) return listedDatabases(sources);
  const { PGHOST, PGDATABASE } = sources.environment;
  return PGHOST || PGDATABASE ? [single('', sources)] : [];
}

function single(connectionText: string, { environment, general }: DatabaseSources) {
  const connection = parseConnection(connectionText, withPasswordFile(environment));
  return { ...general, name: databaseNameFrom(connection.database), connection };
}

function listedDatabases(sources: DatabaseSources): DatabaseSettings[] {
  if (!Array.isArray(sources.listed)) {
    throw invalid(`setting 'databases' must be a list`, `begin each database with '- name: …'`);
  }
  const databases = sources.listed.map((entry: unknown, index) => oneListed(entry, index, sources));
  const twice = databases.find(
    ({ name }, index) => databases.findIndex((other) => other.name === name) < index,
  );
  if (twice === undefined) return databases;
  throw invalid(`two databases are named '${twice.name}'`, `give one of them another 'name'`);
}

function oneListed(entry: unknown, index: number, sources: DatabaseSources): DatabaseSettings {
  const prefix = `databases[${index}].`;
  if (!isObject(entry)) throw invalid(`setting 'databases[${index}]' must hold 'name', 'url', …`);
  const section = { tree: entryTree, directory: sources.directory, prefix };
  // Numbers are fine as a port or a name: what YAML made of them is turned back into text.
  const written = fromFile(asTexts(entry), section);
  const own = new Map([...written].map(([key, value]) => [key.slice(prefix.length), value]));
  const connection = connectionOf(own, sources.environment);
  return {
    ...overridden(own, sources),
    name: nameOf(own, prefix, connection),
    connection,
  };
}

function asTexts(entry: Record<string, unknown>): Record<string, unknown> {
  const texts = Object.entries(entry).map(([key, value]): [string, unknown] => {
    const isText = key === 'name' || key === 'port' || key === 'connectTimeout';
    return [key, isText && typeof value === 'number' ? String(value) : value];
  });
  return Object.fromEntries(texts);
}

function connectionOf(own: ReadonlyMap<string, Written>, environment: Environment): Connection {
  const { url, name, ...parts } = readTree(
    { url: entryTree.url, name: entryTree.name, ...connectionParts },
    (key) => own.get(key),
  );
  const instead = Object.entries(parts).flatMap(([key, value]) => {
    const variable = connectionParts[key as keyof typeof connectionParts].environment[0] ?? '';
    return value === null ? [] : [[variable, value instanceof Secret ? value.reveal() : value]];
  });
  return parseConnection(url?.reveal() ?? '', {
    ...withPasswordFile(environment),
    ...(url || parts.database || name === null ? {} : { PGDATABASE: name }),
    ...(Object.fromEntries(instead) as Record<string, string>),
  });
}

/** Only here can libpq's variables be given by a file, too: `PGPASSWORD_FILE`. */
function withPasswordFile(environment: Environment): Environment {
  const password = fromEnvironment(connectionParts.password, environment);
  return password ? { ...environment, PGPASSWORD: String(password.value) } : environment;
}

/** The PG* variables, the password apart. */
export interface LibpqVariables {
  readonly variables: Environment;
  readonly password: Secret | null;
}

export function libpqVariables(environment: Environment): LibpqVariables {
  const { PGPASSWORD, ...others } = withPasswordFile(environment);
  const variables = Object.entries(others).filter(([name]) => name.startsWith('PG'));
  return {
    variables: Object.fromEntries(variables),
    password: PGPASSWORD ? new Secret(PGPASSWORD) : null,
  };
}

function nameOf(own: ReadonlyMap<string, Written>, prefix: string, connection: Connection): string {
  const name = own.get('name')?.value;
  if (name === undefined) return databaseNameFrom(connection.database);
  if (typeof name === 'string' && isDatabaseName(name)) return name;
  throw invalid(
    `setting '${prefix}name' must be small letters, digits and '-', got '${typeof name === 'string' ? name : JSON.stringify(name)}'`,
    `it becomes part of every backup's name; the database itself may be called anything`,
  );
}

/** What an entry says for itself wins over what holds for all, but not over a flag. */
function overridden(
  own: ReadonlyMap<string, Written>,
  { general, flags }: DatabaseSources,
): Values<typeof databaseSchema> {
  return readTree(databaseSchema, (name) => {
    const value = name.split('.').reduce<unknown>((at, key) => at && (at as never)[key], general);
    const inherited: Written = { value, origin: 'default', place: name };
    return flags.get(name) ?? own.get(name) ?? inherited;
  });
}

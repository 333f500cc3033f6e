import path from 'node:path';
import { readChannels, withoutChannels, type ChannelSettings } from './channels.ts';
import {
  libpqVariables,
  readDatabases,
  type DatabaseSettings,
  type LibpqVariables,
} from './databases.ts';
import { openEndpoints, readDestinations, type DestinationSettings } from './destinations.ts';
import { readTree } from './read-tree.ts';
import { idleCounts } from './retention.ts';
import { flatten, schema, type Values } from './schema.ts';
import { refuseSelfTestName, selfTestSettings } from './self-test.ts';
import {
  findSettingsFile,
  fromEnvironment,
  fromFile,
  invalid,
  readSettingsFile,
  type Environment,
  type Origin,
  type Written,
} from './sources.ts';
import { unusedNames } from './unused-names.ts';
import { otherKinds, readModuleSchedule } from '../domain/schedule.ts';
import { nearestName } from '../domain/nearest-name.ts';
import { inEnglish, words, type Part } from '../domain/words.ts';
import { BackupError } from '../errors.ts';
import { describeServer, parseConnection, type Connection } from '../postgres/connection.ts';
import type { Secret } from '../secret.ts';

type SchemaValues = Omit<Values<typeof schema>, 'catalogUrl' | 'verifyUrl' | 'location'>;

/** All settings, checked; never changes. Load them anew for each run, so that keys can rotate without a restart. */
export interface Settings extends SchemaValues {
  /** Absolute; the local destination. */
  readonly location: string;
  /** None: the embedded sample is protected. */
  readonly databases: readonly DatabaseSettings[];
  /** Every cloud destination; the local one is always there. */
  readonly destinations: readonly DestinationSettings[];
  /** Every way to reach people. */
  readonly channels: readonly ChannelSettings[];
  /** null: the embedded one. */
  readonly catalog: Connection | null;
  /** null: a throw-away cluster per test restore. */
  readonly verify: Connection | null;
  /** What the environment adds to a connection that leaves something open. */
  readonly libpq: LibpqVariables;
  /** The settings file that was read. */
  readonly file: string | null;
  /** What the user should know about these settings, one line each. */
  readonly warnings: readonly string[];
  /** The same for a reader of another language. */
  readonly warningWords: readonly Part[];
  /** Where each value comes from, by dotted name. */
  readonly origins: Readonly<Record<string, Origin>>;
}

export interface SettingsSources {
  readonly environment: Environment;
  /** Path of the settings file; undefined: looked for; null: none. */
  readonly file?: string | null;
  /** Values by dotted name (`dump.jobs`) that win over everything. */
  readonly flags?: Readonly<Record<string, unknown>>;
}

/**
 * Reads the settings: flag over environment over file over default. Throws `invalid_settings` that names the setting,
 * what is allowed and what it got, and never a secret.
 */
export function loadSettings({ environment, file, flags = {} }: SettingsSources): Settings {
  const settingsFile = file === undefined ? findSettingsFile(environment) : file;
  const directory = settingsFile === null ? process.cwd() : path.dirname(settingsFile);
  const {
    databases: listed,
    destinations: clouds,
    ...inFile
  } = settingsFile === null ? {} : readSettingsFile(settingsFile);
  const { channels, content } = withoutChannels(inFile);
  const written = collect(environment, content, { directory, flags: flagValues(flags) });
  const values = readTree(schema, (name) => written.get(name), { directory });
  const { catalogUrl, verifyUrl, ...rest } = values;
  checkCompression(values);
  const sources = { environment, listed, directory, general: values, flags: flagValues(flags) };
  const databases = readDatabases(sources);
  databases.forEach(checkCompression);
  databases.forEach(refuseSelfTestName);
  checkSchedules([values, ...databases]);
  const destinations = readDestinations(values, clouds, directory);
  const verify = connectionOf(verifyUrl, environment);
  if (verify) checkVerifyServer(verify, databases);
  const warningWords = [
    ...openEndpoints(destinations),
    ...warningsOf(values, environment, listed !== undefined),
  ];
  return Object.freeze({
    ...rest,
    location: values.location ?? path.join(values.stateDirectory, 'backups'),
    databases: Object.freeze(databases),
    destinations,
    channels: readChannels(values.alerts, channels, directory),
    catalog: connectionOf(catalogUrl, environment),
    verify,
    libpq: libpqVariables(environment),
    file: settingsFile,
    ...{ warnings: warningWords.map(inEnglish), warningWords },
    origins: originsOf(written, listed !== undefined && !isUrlGiven(environment)),
  });
}

/** The settings of one database, or of one that the self-test throws away. Throws `not_found` with the names that there are. */
export function databaseSettings(settings: Settings, name: string): DatabaseSettings {
  const found =
    settings.databases.find((database) => database.name === name) ??
    selfTestSettings(settings.databases, name);
  if (found) return found;
  const names = settings.databases.map((database) => database.name);
  throw new BackupError('not_found', `database '${name}' is not in the settings`, {
    hint: names.length === 0 ? 'no database is configured' : `there are: ${names.join(', ')}`,
  });
}

/** Those of the databases that have this module. Throws `not_found` with the nearest name where none has. */
export function withModule(
  databases: readonly DatabaseSettings[],
  module: string,
): readonly DatabaseSettings[] {
  const found = databases.filter(({ modules }) => Object.hasOwn(modules, module));
  if (found.length > 0) return found;
  const names = [...new Set(databases.flatMap(({ modules }) => Object.keys(modules)))];
  const near = nearestName(module, names);
  const whose = databases.map(({ name }) => `'${name}'`).join(', ');
  throw new BackupError('not_found', `module '${module}' is not in the settings of ${whose}`, {
    hint: near === undefined ? moduleHint(names) : `did you mean '${near}'?`,
  });
}

function moduleHint(names: readonly string[]): string {
  if (names.length > 0) return `there are: ${names.join(', ')}`;
  return `give it tables in the settings, under 'modules'`;
}

/** What was written for each setting, by dotted name. */
function collect(
  environment: Environment,
  content: Record<string, unknown>,
  { directory, flags }: { directory: string; flags: ReadonlyMap<string, Written> },
): ReadonlyMap<string, Written> {
  const inFile = fromFile(content, { tree: schema, directory, prefix: '' });
  const written = new Map<string, Written>();
  for (const [name, setting] of flatten(schema)) {
    const value = flags.get(name) ?? fromEnvironment(setting, environment) ?? inFile.get(name);
    if (value) written.set(name, value);
  }
  return written;
}

function flagValues(flags: Readonly<Record<string, unknown>>): ReadonlyMap<string, Written> {
  const names = new Set(flatten(schema).map(([name]) => name));
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  return new Map(
    given.map(([name, value]) => {
      if (!names.has(name)) throw invalid(`setting '${name}' is unknown`);
      return [name, { value, origin: 'flag', place: name }];
    }),
  );
}

function checkCompression({ compression }: Pick<Settings, 'compression'>): void {
  if (compression.algorithm === 'zstd' || compression.level <= 9) return;
  throw invalid(
    `setting 'compression.level' must be 1 to 9 for gzip, got '${compression.level}'`,
    `lower the level, or use zstd`,
  );
}

/** What holds for all databases may name a module that not each of them has, but not one that none has. */
function checkSchedules(sections: readonly Pick<Settings, 'schedules' | 'modules'>[]): void {
  const modules = sections.flatMap((section) => Object.keys(section.modules));
  const known: readonly string[] = [...otherKinds, ...modules];
  const named = sections.flatMap(({ schedules }) => Object.keys(schedules.others));
  const unknown = named.find(
    (name) => !known.includes(name) && !modules.includes(readModuleSchedule(name)[0]),
  );
  if (unknown === undefined) return;
  throw invalid(
    `setting 'schedules.others' names '${unknown}', which is neither a kind nor a module`,
    `allowed: ${known.join(', ')}`,
  );
}

/** Test restores would load what they are to protect, and leave it full of half-made databases when something goes wrong. */
function checkVerifyServer(verify: Connection, databases: readonly DatabaseSettings[]): void {
  const same = databases.find(
    ({ connection: { host, port } }) => host === verify.host && port === verify.port,
  );
  if (!same) return;
  throw invalid(
    `setting 'verifyUrl' is the server of database '${same.name}', ${describeServer(verify)}`,
    `name another server, or none: then each test restore has a throw-away server of its own`,
  );
}

/** Our own servers take nothing but certificates and the password file from PG*: the rest is about the databases. */
function connectionOf(url: Secret | null, environment: Environment): Connection | null {
  if (url === null) return null;
  const { PGPASSFILE, PGSSLROOTCERT, PGSSLCERT, PGSSLKEY } = environment;
  return parseConnection(url.reveal(), { PGPASSFILE, PGSSLROOTCERT, PGSSLCERT, PGSSLKEY });
}

function warningsOf(
  { retentionDays, retention }: Values<typeof schema>,
  environment: Environment,
  hasList: boolean,
): readonly Part[] {
  return Object.freeze([
    ...(isUrlGiven(environment) && hasList ? [words('warning.urlWins')] : []),
    ...idleCounts({ retentionDays, retention }),
    ...unusedNames(environment),
  ]);
}

function isUrlGiven(environment: Environment): boolean {
  return Boolean(environment['DATABASE_URL'] || environment['DATABASE_URL_FILE']);
}

function originsOf(
  written: ReadonlyMap<string, Written>,
  listIsUsed: boolean,
): Readonly<Record<string, Origin>> {
  const names = flatten(schema).map(([name]) => name);
  return Object.freeze({
    ...Object.fromEntries(names.map((name) => [name, written.get(name)?.origin ?? 'default'])),
    databases: listIsUsed ? 'file' : 'environment',
  });
}

import { describeConnection } from '../postgres/connection.ts';
import { channelsHelp } from './channels.ts';
import { destinationsHelp } from './destinations.ts';
import { databaseUrl } from './databases.ts';
import { flatten, schema } from './schema.ts';
import type { Settings } from './load.ts';
import type { Setting } from './setting.ts';
import type { Origin } from './sources.ts';

/** One line of `config show`. */
export interface SettingDescription {
  readonly name: string;
  /** Secrets are `***`, what is not set is empty. */
  readonly value: string;
  readonly source: Origin;
  readonly environmentVariable: string;
  readonly help: string;
}

/** Every setting with its value; secrets are masked. */
export function describeSettings(settings: Settings): SettingDescription[] {
  const general = flatten(schema).map(([name, setting]) => ({
    name,
    value: shownValue(name, setting, settings),
    source: settings.origins[name] ?? 'default',
    environmentVariable: setting.environment[0] ?? '',
    help: setting.help,
  }));
  return [
    ...general,
    ...settings.databases.map((database, index) => ({
      name: `databases[${index}]`,
      value: `${database.name}: ${describeConnection(database.connection)}`,
      source: settings.origins['databases'] ?? 'environment',
      environmentVariable: 'DATABASE_URL',
      help: databaseUrl.help,
    })),
    ...settings.destinations.map(({ name, type, bucket }) => ({
      name: `destination '${name}'`,
      value: `${type}, bucket '${bucket}'`,
      source: settings.origins[`${name}.bucket`] ?? 'file',
      environmentVariable: '',
      help: destinationsHelp,
    })),
    ...settings.channels.map(({ name, type, severity }) => ({
      name: `channel '${name}'`,
      value: `${type}, from ${severity} on`,
      source: settings.origins[`alerts.${name}.url`] ?? 'file',
      environmentVariable: '',
      help: channelsHelp,
    })),
  ];
}

/** The table of all settings for docs/settings.md. */
export function settingsTable(): string {
  const rows = [
    ['`databases`', '`DATABASE_URL`, `PG*`', 'a sample database', databaseUrl.help],
    ...flatten(schema).map(([name, setting]) => [
      `\`${name}\``,
      variables(setting),
      defaultText(setting),
      `${setting.help} (${setting.allowed})`,
    ]),
    ['`destinations`', '', 'none', destinationsHelp],
    ['`alerts.channels`', '', 'none', channelsHelp],
  ];
  return [['setting', 'environment', 'default', 'meaning'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

function shownValue(name: string, setting: Setting<unknown>, settings: Settings): string {
  if (name === 'catalogUrl') return settings.catalog ? describeConnection(settings.catalog) : '';
  if (name === 'verifyUrl') return settings.verify ? describeConnection(settings.verify) : '';
  const value = name
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], settings);
  return value === null ? '' : setting.show(value); // of a Secret it is '***'
}

function variables({ environment, secret }: Setting<unknown>): string {
  return environment
    .flatMap((name) => (secret ? [name, `${name}_FILE`] : [name]))
    .map((name) => `\`${name}\``)
    .join(', ');
}

function defaultText({ fallback, fallbackText }: Setting<unknown>): string {
  if (fallbackText !== undefined) return fallbackText;
  return `\`${String(fallback)}\``;
}

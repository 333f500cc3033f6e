import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseDocument } from 'yaml';
import { BackupError } from '../errors.ts';
import { nearestName } from '../domain/nearest-name.ts';
import { checkout, flatten, isSetting, type Tree } from './schema.ts';
import type { Setting } from './setting.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
export type Origin = 'flag' | 'environment' | 'file' | 'default';

/** A value as it was written, and where. */
export interface Written {
  readonly value: unknown;
  readonly origin: Origin;
  /** For errors: `BACKUP_SCHEDULE`, or the dotted name in the file. */
  readonly place: string;
}

export const settingsFileName = 'pma-backup.yaml';

/** The settings file: the one that is named, else the one in the current directory or the checkout, else null. */
export function findSettingsFile(environment: Environment): string | null {
  const named = environment['PMA_CONFIG'];
  if (named) return path.resolve(named);
  const places = [process.cwd(), checkout() ?? process.cwd()];
  return places.map((each) => path.join(each, settingsFileName)).find(existsSync) ?? null;
}

/** What the file says, as plain data. Throws `invalid_settings` with the line, never with its text: it may be a secret. */
export function readSettingsFile(file: string): Record<string, unknown> {
  const document = parseDocument(readText(file, 'the settings file'), { prettyErrors: true });
  const problem = document.errors[0];
  if (problem) {
    const line = problem.linePos?.[0].line;
    throw invalid(
      `'${file}' is no YAML${line === undefined ? '' : ` at line ${line}`}: ${problem.code}`,
    );
  }
  const content: unknown = document.toJS() ?? {};
  if (isObject(content)) return content;
  throw invalid(`'${file}' must hold 'name: value' lines`);
}

/** What is being read of the file: paths in it are relative to `directory`. */
export interface Section {
  readonly tree: Tree;
  readonly directory: string;
  readonly prefix: string;
}

/** Values of the file by dotted name. Throws `invalid_settings` for a name that is not in the tree. */
export function fromFile(content: Record<string, unknown>, section: Section): Map<string, Written> {
  const { tree, prefix } = section;
  const found = new Map<string, Written>();
  for (const [name, value] of Object.entries(content)) {
    const place = `${prefix}${name}`;
    const node = tree[name];
    if (value === null && node) continue; // `name:` with nothing behind it
    if (node && isSetting(node)) found.set(place, { value, origin: 'file', place });
    else if (node) {
      if (!isObject(value)) throw invalid(`setting '${place}' must hold settings of its own`);
      const inner = fromFile(value, { ...section, tree: node, prefix: `${place}.` });
      for (const [key, written] of inner) found.set(key, written);
    } else addSecretFile(found, name, value, section);
  }
  return found;
}

/** The value that the environment gives a setting. Empty counts as not given. */
export function fromEnvironment(
  setting: Setting<unknown>,
  environment: Environment,
): Written | undefined {
  for (const name of setting.environment) {
    const direct = environment[name];
    const file = setting.secret ? environment[`${name}_FILE`] : undefined;
    if (direct && file) {
      throw invalid(`both '${name}' and '${name}_FILE' are set`, 'keep one of them');
    }
    if (direct) return { value: direct, origin: 'environment', place: name };
    if (file) {
      const place = `${name}_FILE`;
      return { value: readSecretFile(file, place), origin: 'environment', place };
    }
  }
  return undefined;
}

/** A secret out of its own file, without the line break at its end. */
export function readSecretFile(file: string, place: string): string {
  const content = readText(file, place).replace(/\r?\n$/, '');
  if (content !== '') return content;
  throw invalid(`file '${file}' (${place}) is empty`);
}

export function unknownSetting(place: string, names: readonly string[]): BackupError {
  const near = nearestName(place.split('.').at(-1) ?? place, names);
  return invalid(
    `setting '${place}' is unknown`,
    near === undefined ? `allowed: ${names.join(', ')}` : `did you mean '${near}'?`,
  );
}

export function invalid(
  message: string,
  hint = `'pma-backup config show' lists every setting`,
): BackupError {
  return new BackupError('invalid_settings', message, { hint });
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function addSecretFile(
  found: Map<string, Written>,
  name: string,
  value: unknown,
  { tree, directory, prefix }: Section,
): void {
  const owner = /^(?<owner>.+)File$/.exec(name)?.groups?.['owner'] ?? '';
  const node = tree[owner];
  const place = `${prefix}${name}`;
  const target = `${prefix}${owner}`;
  if (!node || !isSetting(node) || !node.secret) {
    throw unknownSetting(place, [...Object.keys(tree), ...leafNames(tree)]);
  }
  if (found.has(target)) {
    throw invalid(`both '${target}' and '${place}' are set`, 'keep one of them');
  }
  if (typeof value !== 'string') throw invalid(`setting '${place}' must be a path`);
  const file = path.resolve(directory, value);
  found.set(target, { value: readSecretFile(file, place), origin: 'file', place });
}

function leafNames(tree: Tree): string[] {
  return flatten(tree)
    .map(([name]) => name)
    .filter((name) => name.includes('.'));
}

function readText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new BackupError('invalid_settings', `file '${file}' (${what}) cannot be read`, {
      hint: 'does it exist, and may this user read it?',
      cause: error,
    });
  }
}

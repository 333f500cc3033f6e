import pg from 'pg';
import type { MissingExtension } from '../domain/missing-extension.ts';
import type { Extension } from '../domain/source-reading.ts';
import { translatePgError } from './pg-error.ts';

/** Those of the source's extensions that cannot be made on this server. */
export async function missingExtensions(
  client: pg.Client,
  extensions: readonly Extension[],
): Promise<MissingExtension[]> {
  const { rows } = await client.query<{ name: string; version: string }>(
    'SELECT name, version FROM pg_available_extension_versions',
  );
  return extensions.flatMap(({ name, version }) => {
    const versions = rows.filter((row) => row.name === name).map((row) => row.version);
    return versions.includes(version) ? [] : { name, version, others: versions };
  });
}

/** Whether `CREATE EXTENSION` without a version, as dumps have it, would make other versions than the source's. */
export async function needsOtherVersions(
  client: pg.Client,
  extensions: readonly Extension[],
): Promise<boolean> {
  const { rows } = await client.query<{ name: string; version: string }>(
    'SELECT name, default_version AS version FROM pg_available_extensions',
  );
  const defaults = new Map(rows.map(({ name, version }) => [name, version]));
  return extensions.some(({ name, version }) => defaults.get(name) !== version);
}

/** Makes the extensions in the source's versions, whatever order they need; their schemas must exist. */
export async function createExtensions(
  client: pg.Client,
  extensions: readonly Extension[],
): Promise<void> {
  let waiting = extensions.filter(({ name }) => name !== 'plpgsql');
  while (waiting.length > 0) {
    const refused: Extension[] = [];
    let problem: unknown;
    for (const extension of waiting) {
      try {
        await client.query(creation(extension));
      } catch (error) {
        refused.push(extension); // it may need one that comes later
        problem = error;
      }
    }
    if (refused.length === waiting.length) throw translatePgError(problem, client);
    waiting = refused;
  }
}

/** The same as one line of SQL; empty where there is nothing to make. */
export async function creationScript(
  client: pg.Client,
  extensions: readonly Extension[],
): Promise<string> {
  const { rows } = await client.query<{ name: string; version: string; requires: string[] }>(
    `SELECT name, version, coalesce(requires, '{}')::text[] AS requires
     FROM pg_available_extension_versions`,
  );
  const needs = ({ name, version }: Extension): string[] =>
    rows.find((row) => row.name === name && row.version === version)?.requires ?? [];
  const ordered: Extension[] = [];
  const add = (extension: Extension): void => {
    if (extension.name === 'plpgsql' || ordered.includes(extension)) return;
    const required = needs(extension);
    extensions.filter(({ name }) => required.includes(name)).forEach(add);
    ordered.push(extension);
  };
  extensions.forEach(add);
  return ordered.map((extension) => `${creation(extension)};`).join(' ');
}

function creation({ name, version, schema }: Extension): string {
  const [extension, into] = [name, schema].map((each) => pg.escapeIdentifier(each)) as [
    string,
    string,
  ];
  return `CREATE EXTENSION ${extension} WITH SCHEMA ${into} VERSION ${pg.escapeLiteral(version)}`;
}

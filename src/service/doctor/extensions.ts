import type { Client } from 'pg';
import { words } from '../../domain/words.ts';
import { failed, ok, type Finding } from './check.ts';

export interface ExtensionVersion {
  readonly name: string;
  readonly version: string;
}

/** The extensions that a database uses. */
export async function usedExtensions(client: Client): Promise<ExtensionVersion[]> {
  const { rows } = await client.query<{ name: string; version: string }>(
    'SELECT extname AS name, extversion AS version FROM pg_extension ORDER BY 1',
  );
  return rows;
}

/** Whether the scratch server has what a database uses: else a backup cannot be test-restored. */
export async function checkExtensions(
  scratch: Client,
  used: readonly ExtensionVersion[],
): Promise<Finding> {
  const { rows } = await scratch.query<{ name: string; version: string }>(
    'SELECT name, version FROM pg_available_extension_versions',
  );
  const missing = used.filter(
    ({ name, version }) => !rows.some((row) => row.name === name && row.version === version),
  );
  if (missing.length === 0) return ok(words('extensions.all', { count: used.length }));
  const names = missing.map(({ name, version }) => `'${name}' ${version}`).join(', ');
  return failed(words('extensions.missing', { names }), words('extensions.missing.hint'));
}

import { readFileSync } from 'node:fs';

/** Our version, from the package: the nearest `package.json` above this file, compiled or not. */
export const version = readVersion(new URL('.', import.meta.url));

function readVersion(directory: URL): string {
  try {
    const text = readFileSync(new URL('package.json', directory), 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  } catch (error) {
    if (directory.pathname === '/') throw error;
    return readVersion(new URL('..', directory));
  }
}

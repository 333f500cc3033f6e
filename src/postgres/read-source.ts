import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { SourceReading } from '../domain/source-reading.ts';
import { BackupError } from '../errors.ts';

/** What the source held, out of the directory of a dump. Throws `artifact_corrupted`. */
export async function readSource(directory: string): Promise<SourceReading> {
  const file = path.join(directory, 'verify', 'source.json');
  try {
    return JSON.parse(await readFile(file, 'utf8')) as SourceReading;
  } catch (error) {
    throw new BackupError('artifact_corrupted', `'${file}' cannot be read`, { cause: error });
  }
}

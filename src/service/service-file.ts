import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection } from '../postgres/connection.ts';
import { unlessMissing, writeFileDurably } from '../system/files.ts';

/** The embedded parts that a process of ours runs, for others to join; no secret is among them. */
export interface Parts {
  readonly pid: number;
  readonly role: 'service' | 'command';
  /** null: the settings name a catalog server. */
  readonly catalog: Connection | null;
  /** null: no Temporal here, neither embedded nor by the settings. */
  readonly temporal: {
    readonly address: string;
    readonly namespace: string;
    readonly ui: string | null;
  } | null;
  readonly worker: boolean;
  /** The sample database, where the settings name none. */
  readonly sample: Connection | null;
}

const fileName = 'service.json';

/** What the running process of ours offers; undefined while it is not ready. */
export async function readServiceFile(runDirectory: string): Promise<Parts | undefined> {
  const text = await unlessMissing(readFile(join(runDirectory, fileName), 'utf8'));
  return text === undefined ? undefined : (JSON.parse(text) as Parts);
}

/** Says that we are ready; only by the holder of the service lock. */
export async function writeServiceFile(runDirectory: string, parts: Parts): Promise<void> {
  await writeFileDurably(join(runDirectory, fileName), `${JSON.stringify(parts, null, 2)}\n`);
}

/** Only by the holder of the service lock: what a killed process left there is not true any more. */
export async function removeServiceFile(runDirectory: string): Promise<void> {
  await rm(join(runDirectory, fileName), { force: true });
}

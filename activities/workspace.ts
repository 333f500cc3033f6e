import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestFile } from '../src/domain/backup-name.ts';
import type { Settings } from '../src/config.ts';
import { removeTree, unlessMissing } from '../src/system/files.ts';
import type { RunReference, Runs } from '../src/temporal/runs.ts';

/** Where the files of one run lie until they are stored: one directory per run, named by the backup. */
export interface Workspace {
  readonly root: string;
  /** What becomes the artifact: `dump/` and `verify/`. */
  readonly content: string;
  /** What becomes the base file of a full. */
  readonly base: string;
  readonly manifest: string;
  readonly proof: string;
}

/** The directory in which all workspaces of this host lie. */
export function workspacesOf(settings: Pick<Settings, 'stateDirectory'>): string {
  return join(settings.stateDirectory, 'work');
}

/** The paths of one run's files; nothing is made. */
export function workspaceOf(settings: Settings, id: string): Workspace {
  const root = join(workspacesOf(settings), id);
  return {
    root,
    content: join(root, id),
    base: join(root, `${id}.base`),
    manifest: join(root, manifestFile(id)),
    proof: join(root, `${id}.proof.json`),
  };
}

/** Makes a run's directory, empty whatever an earlier attempt left there, and marks whose it is for the janitor. */
export async function makeWorkspace(root: string, owner: RunReference): Promise<void> {
  await removeTree(root);
  await mkdir(root, { recursive: true, mode: 0o700 });
  await writeFile(join(root, ownerFile), JSON.stringify(owner));
}

/** Removes the directories of runs that are closed, however they ended; only while this host takes no tasks. */
export async function removeAbandonedWorkspaces(directory: string, runs: Runs): Promise<void> {
  for (const name of (await unlessMissing(readdir(directory))) ?? []) {
    const root = join(directory, name);
    const owner = await readOwner(root);
    if (!owner || !(await runs.isOpen(owner))) await removeTree(root);
  }
}

const ownerFile = 'owner.json';

// A directory without an owner was being made, or removed, when its process was killed.
async function readOwner(root: string): Promise<RunReference | undefined> {
  const text = await unlessMissing(readFile(join(root, ownerFile), 'utf8'));
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as RunReference;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { BackupError } from '../errors.ts';
import { ensurePrivateDirectory } from '../system/files.ts';
import type { OsUser } from '../system/os-user.ts';
import { runProgram } from '../system/program.ts';

const systemState = '/var/lib/pma-backup';

/**
 * Where the cluster that is wanted in `directory` and its socket are: see `stateDirectoryFor`, `socketDirectoryFor`.
 * The directories above the data are made.
 */
export async function clusterPaths(
  wanted: string,
  user: OsUser | null,
): Promise<{ directory: string; socketDirectory: string }> {
  const directory = await stateDirectoryFor(wanted, user);
  return { directory, socketDirectory: await socketDirectoryFor(directory, user) };
}

/**
 * Where a cluster that is wanted in `directory` can really be: there, or in the system's state directory when that
 * user cannot enter it (a checkout below a directory of mode 700). Always the same answer once a cluster was made.
 */
export async function stateDirectoryFor(directory: string, user: OsUser | null): Promise<string> {
  const elsewhere = path.join(systemState, hashOf(await realPathOf(directory)));
  if (user === null) return directory;
  if (hasCluster(elsewhere) && !hasCluster(directory)) return elsewhere;
  if (await canEnter(await existingAncestor(directory), user)) return directory;
  if (hasCluster(directory)) {
    throw new BackupError(
      'start_failed',
      `user '${user.name}' cannot enter '${directory}' any more`,
      {
        hint: 'give the directories above it back the permission x for others',
      },
    );
  }
  return elsewhere;
}

/** A short private directory for a cluster's socket, the same at every start; made and given to that user. */
export async function socketDirectoryFor(directory: string, user: OsUser | null): Promise<string> {
  const name = `pma-${hashOf(await realPathOf(directory)).slice(0, 8)}`;
  const socketDirectory = path.join(user && isWritable('/run') ? '/run' : '/tmp', name);
  await ensurePrivateDirectory(socketDirectory, user);
  return socketDirectory;
}

/** Whether that user may pass through this existing directory, asked as that user. */
export async function canEnter(directory: string, user: OsUser | null): Promise<boolean> {
  try {
    await runProgram('test', ['-x', directory], { user, cwd: '/' });
    return true;
  } catch (error) {
    if (error instanceof BackupError && error.code === 'program_failed') return false;
    throw error;
  }
}

function hasCluster(directory: string): boolean {
  return existsSync(path.join(directory, 'PG_VERSION'));
}

async function existingAncestor(directory: string): Promise<string> {
  return existsSync(directory) ? directory : existingAncestor(path.dirname(directory));
}

async function realPathOf(directory: string): Promise<string> {
  const there = await existingAncestor(path.resolve(directory));
  return path.join(await realpath(there), path.relative(there, path.resolve(directory)));
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

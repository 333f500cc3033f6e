import { access, mkdir, mkdtemp, rename } from 'node:fs/promises';
import path from 'node:path';
import { userCacheDirectory } from '../../src/config/cache.ts';
import { removeTree } from '../../src/system/files.ts';
import { waitForLock } from '../../src/system/lock.ts';
import { runProgram } from '../../src/system/program.ts';

/** A program that can be had as a Go module only: built once into the user's cache, which takes minutes. */
export async function goProgram(module: string, version: string): Promise<string> {
  const name = path.basename(module);
  const directory = path.join(userCacheDirectory(process.env), 'pma-backup');
  const target = path.join(directory, `${name}-${version}`);
  await mkdir(directory, { recursive: true });
  // Several test files may ask at the same time.
  const lock = await waitForLock(`${target}.lock`);
  try {
    if (!(await exists(target))) await build(`${module}@v${version}`, target);
    return target;
  } finally {
    lock.release();
  }
}

async function build(module: string, target: string): Promise<void> {
  console.error(`building ${module} with go install: takes some minutes, once`);
  const work = await mkdtemp(`${target}.`);
  try {
    const env = { GOBIN: work, GOFLAGS: '-trimpath', CGO_ENABLED: '0' };
    await runProgram('go', ['install', '-ldflags=-s -w', module], { env });
    await rename(path.join(work, path.basename(module.replace(/@.*/, ''))), target);
  } finally {
    await removeTree(work);
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

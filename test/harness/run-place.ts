import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ourNames } from '../../src/postgres/scratch.ts';
import { removeTree } from '../../src/system/files.ts';
import { tryLock } from '../../src/system/lock.ts';

export interface RunPlace {
  readonly directory: string;
  readonly remove: () => Promise<void>;
}

const memory = '/dev/shm';
const gibibyte = 1024 ** 3;
const prefix = 'pma-test-';

/**
 * A directory for one run of the tests; what killed runs left beside it goes. It is in memory where there is plenty and
 * nobody says otherwise by `TMPDIR`: tests make and drop databases all the time, thousands of files each, and ext4 does
 * not use the place of a file again for seconds after it was deleted, but looks through all of them for a free one.
 */
export async function makeRunPlace(): Promise<RunPlace> {
  const parent = process.env['TMPDIR'] === undefined && hasRoom(memory) ? memory : tmpdir();
  await removeStale(parent);
  const directory = path.join(parent, prefix + randomBytes(4).toString('hex'));
  const lock = tryLock(`${directory}.lock`);
  if (!lock) throw new Error(`'${directory}' is in use`);
  await mkdir(directory, { mode: 0o711 }); // the server's user passes through
  return {
    directory,
    remove: async () => {
      await removeTree(directory);
      lock.release({ remove: true });
    },
  };
}

async function removeStale(parent: string): Promise<void> {
  for (const name of ourNames(parent, prefix)) {
    const file = path.join(parent, `${name}.lock`);
    const lock = existsSync(file) ? tryLock(file) : undefined;
    if (!lock) continue; // that run lives
    await removeTree(path.join(parent, name));
    lock.release({ remove: true });
  }
}

// A run takes up to 2.5 GiB there, and as much for its processes.
function hasRoom(place: string): boolean {
  if (!isMemoryWithPrograms(place)) return false;
  const { bavail, bsize } = statfsSync(place);
  return bavail * bsize > 4 * gibibyte && availableMemory() > 6 * gibibyte;
}

/** Tests put programs of their own there, too. */
function isMemoryWithPrograms(place: string): boolean {
  const mount = read('/proc/mounts')
    .split('\n')
    .map((line) => line.split(' '))
    .findLast(([, at]) => at === place);
  return mount?.[2] === 'tmpfs' && !mount[3]?.split(',').includes('noexec');
}

function availableMemory(): number {
  const [, kibibytes = '0'] = /^MemAvailable: +(\d+) kB$/m.exec(read('/proc/meminfo')) ?? [];
  return Number(kibibytes) * 1024;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // not on Linux
  }
}

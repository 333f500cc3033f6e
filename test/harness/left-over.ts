import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The ids of all living processes below this one; on Linux only, elsewhere none. */
export function descendants(root: number): Set<number> {
  const parents = new Map<number, number>();
  for (const id of allProcesses()) {
    const parent = parentOf(id);
    if (parent !== undefined) parents.set(id, parent);
  }
  const found = new Set<number>();
  const isBelow = (id: number | undefined): boolean =>
    id !== undefined && (id === root || isBelow(parents.get(id)));
  for (const [id, parent] of parents) if (isBelow(parent)) found.add(id);
  return found;
}

/**
 * Waits a while for all processes to end that are below `root` or name `directory` in their command line (a server whose
 * parent died is below nobody), but for the known ones; gives those that stay.
 */
export async function untilNoneLeft(
  root: number,
  known: ReadonlySet<number>,
  directory: string,
): Promise<number[]> {
  for (let tries = 0; ; tries++) {
    const all = new Set([...descendants(root), ...processesNaming(directory)]);
    const left = [...all].filter((id) => !known.has(id) && !isTestWorker(id));
    if (left.length === 0 || tries === 100) return left;
    await sleep(100);
  }
}

/** Its id and command line. */
export function describeProcess(id: number): string {
  return `${id} ${read(`/proc/${id}/cmdline`).replaceAll('\0', ' ')}`;
}

function processesNaming(text: string): number[] {
  return allProcesses().filter((id) => read(`/proc/${id}/cmdline`).includes(text));
}

function allProcesses(): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function parentOf(id: number): number | undefined {
  // After the name in parentheses, which may hold anything: state, parent.
  const [state, parent] = read(`/proc/${id}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  return state === undefined || state === 'Z' ? undefined : Number(parent);
}

function isTestWorker(id: number): boolean {
  return /vitest|tinypool|esbuild/.test(read(`/proc/${id}/cmdline`));
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it ended
  }
}

import { readFileSync, readdirSync } from 'node:fs';

/**
 * Bytes of a process and all below it. PSS counts a page that n processes share as one n-th in each, so the sum over the
 * tree is what the tree costs; a sum of RSS would count PostgreSQL's shared memory once per session.
 */
export function memoryOf(pid) {
  const processes = treeOf(pid).map(usageOf);
  return {
    pss: processes.reduce((sum, each) => sum + each.pss, 0),
    node: processes[0],
    processes: byName(processes),
  };
}

/** Resident bytes of one process; 0 when it is gone. */
export function nodeMemory(pid) {
  return kilobytes(read(pid, 'status'), 'VmRSS');
}

function treeOf(pid) {
  return [pid, ...childrenOf(pid).flatMap(treeOf)];
}

// A child belongs to the thread that made it.
function childrenOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      read(pid, `task/${thread}/children`).split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return []; // it has just ended
  }
}

function usageOf(pid) {
  const usage = read(pid, 'smaps_rollup');
  return {
    name: read(pid, 'comm').trim(),
    pss: kilobytes(usage, 'Pss'),
    rss: kilobytes(usage, 'Rss'),
  };
}

function byName(processes) {
  const sums = new Map();
  for (const { name, pss } of processes) sums.set(name, (sums.get(name) ?? 0) + pss);
  return [...sums].map(([name, pss]) => ({ name, pss })).sort((a, b) => b.pss - a.pss);
}

function kilobytes(text, label) {
  return 1024 * Number(new RegExp(`^${label}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}

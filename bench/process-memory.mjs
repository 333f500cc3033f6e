import { readFileSync, readdirSync } from 'node:fs';

/**
 * Bytes that a process and all below it hold. `pss` is the kernel's fair share: of a page that n processes use, each has
 * one n-th. Another Node on the machine, such as this one, so takes half of the program's own pages off it. `alone`
 * counts those in full: what the tree would cost if nothing else ran.
 */
export function memoryOf(pid) {
  const processes = treeOf(pid).map(usageOf);
  return {
    pss: sum(processes, 'pss'),
    alone: aloneOf(processes),
    node: { pss: processes[0].pss, rss: processes[0].rss },
    byName: byName(processes),
  };
}

/** Resident bytes of one process; 0 when it is gone. */
export function residentBytes(pid) {
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
  const mappings = mappingsOf(read(pid, 'smaps'));
  const [pss, rss] = [sum(mappings, 'pss'), sum(mappings, 'rss')];
  return { name: read(pid, 'comm').trim(), pss, rss, mappings };
}

// Each mapping is a line with its addresses and its file, if it has one, and lines of figures.
function mappingsOf(smaps) {
  return smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).map((text) => ({
    file: /^(?:\S+ +){5}(.*)$/m.exec(text)?.[1] ?? '',
    pss: kilobytes(text, 'Pss'),
    rss: kilobytes(text, 'Rss'),
    shared: kilobytes(text, 'Shared_Clean') + kilobytes(text, 'Shared_Dirty'),
  }));
}

// What is shared counts once, as much of it as the process has that uses most of it.
function aloneOf(processes) {
  const shared = new Map();
  for (const { mappings } of processes) {
    for (const [file, bytes] of sharedByFile(mappings)) {
      shared.set(file, Math.max(shared.get(file) ?? 0, bytes));
    }
  }
  const all = processes.flatMap(({ mappings }) => mappings);
  const own = sum(all, 'rss') - sum(all, 'shared');
  return [...shared.values()].reduce((total, bytes) => total + bytes, own);
}

function sharedByFile(mappings) {
  const sums = new Map();
  for (const { file, shared } of mappings) sums.set(file, (sums.get(file) ?? 0) + shared);
  return sums;
}

function byName(processes) {
  const sums = new Map();
  for (const { name, pss } of processes) sums.set(name, (sums.get(name) ?? 0) + pss);
  return [...sums].map(([name, pss]) => ({ name, pss })).sort((a, b) => b.pss - a.pss);
}

function sum(items, key) {
  return items.reduce((total, item) => total + item[key], 0);
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

import type { TocEntry } from './toc.ts';

/** Entries that one `pg_restore` restores, with so many jobs. */
interface Turn {
  readonly jobs: number;
  readonly entries: readonly TocEntry[];
}

/**
 * The runs of `pg_restore` that restore these entries. Where partitions have partitions, its jobs must not attach
 * indexes side by side: two that meet at one index end in a deadlock, or leave it invalid, and no foreign key can
 * point to it. So indexes are attached one by one, which takes no time, between what is large and what may need them.
 */
export function takeTurns(entries: readonly TocEntry[], jobs: number): Turn[] {
  const first = entries.findIndex(isAttach);
  if (first === -1 || jobs === 1) return [{ jobs, entries }].filter(hasEntries);
  const isEarly = (entry: TocEntry, at: number) =>
    at < first || /^(INDEX|CONSTRAINT) /.test(entry.text);
  const attached = entries.filter(isAttach);
  const early = entries.filter((entry, at) => !isAttach(entry) && isEarly(entry, at));
  const late = entries.filter((entry, at) => !isAttach(entry) && !isEarly(entry, at));
  return [
    { jobs, entries: early },
    { jobs: 1, entries: attached },
    { jobs, entries: late },
  ].filter(hasEntries);
}

function isAttach({ text }: TocEntry): boolean {
  return text.startsWith('INDEX ATTACH ');
}

function hasEntries({ entries }: Turn): boolean {
  return entries.length > 0;
}

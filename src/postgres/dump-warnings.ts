/**
 * What the programs may say while they still did everything right, each with the reason why it harms no backup.
 * Whatever is not here makes a backup unproven; "subscriptions not dumped …" must never be added.
 */
const harmless: readonly RegExp[] = [
  // Only a data-only dump says so: its rows are restored with triggers off or into tables whose foreign keys come later.
  /^pg_dump: warning: there are circular foreign-key constraints (on this table|among these tables):/,
  // The operating system's locale data changed under the server. Only indexes of the source may be out of order because
  // of it: dump and fingerprints read tables as they lie, and the restore builds indexes anew.
  /^WARNING: {2}database ".*" has a collation version mismatch$/,
  /^WARNING: {2}database ".*" has no actual collation version, but a version was recorded$/,
  /^WARNING: {2}collation ".*" has version mismatch$/,
  // PostgreSQL before 16 forgets who granted a membership when that role is dropped; the membership itself is dumped.
  /^pg_dumpall: warning: grant of role ".*" to ".*" has invalid grantor OID \d+$/,
];

// A detail, a hint or an indented name belongs to the warning above it and shares its fate. Up to version 13 the hints of
// circular foreign keys look like warnings of their own.
const continuation =
  /^(pg_dump(all)?: (detail:|hint:| {2})|(DETAIL|HINT|CONTEXT|LINE \d+): |\s|pg_dump: (You might not be able to restore the dump without using|Consider using a full dump instead of))/;

/** Those lines of standard error that are on no list of ours, with the details that belong to them. */
export function unknownWarnings(lines: readonly string[]): string[] {
  let known = false;
  return lines.filter((line) => {
    if (line.trim() === '') return false;
    if (!continuation.test(line)) known = harmless.some((pattern) => pattern.test(line));
    return !known;
  });
}

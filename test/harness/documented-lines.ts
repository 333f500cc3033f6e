import { shellBlocks, type ShellBlock } from './shell-blocks.ts';

/** Their lines are run by test/e2e/documents.test.ts, in this order. */
export const documents = ['README.md', 'docs/runbook.md'];

/** What a line prints, by how it begins; the first that fits counts. */
const printed: readonly (readonly [string, RegExp])[] = [
  ['pma-backup status', /^shop +\d+ proven/m],
  ['pma-backup doctor', /^ok +program pg_dump: /m],
  ['pma-backup list', /^shop_full_\d{8}_\d{6} .* proven.* local good/m],
  ['pma-backup show ID --tables', /^public\.orders +500/m],
  ['pma-backup show', /^state +proven$/m],
  ['pma-backup hold', /is on hold by .*: incident$/m],
  ['pma-backup release', /is released$/m],
  ['pma-backup schedules pause', /^pma-backup\/shop\/(full|cleanup)$/m],
  ['pma-backup schedules resume', /^pma-backup\/shop\/(full|cleanup)$/m],
  ['pma-backup schedules trigger', /^pma-backup\/shop\/full$/m],
  ['pma-backup schedules', /^shop\/full +30 2 1 1 \* .* waiting/m],
  [
    'pma-backup restore latest --to shop --clean --dry-run',
    /^there +database .* is replaced when/m,
  ],
  ['pma-backup restore latest --to shop --clean', /^proof +proven$[^]*^kept +the old database/m],
  ['pma-backup restore', /^proof +proven$/m],
  ['pma-backup catalog rebuild', /^\d+ (copy|copies), \d+ proofs? and \d+ holds? in 'local'/m],
  ['pma-backup verify', /^compared +1 table, 500 rows, 0 mismatches$/m],
  ['pma-backup check', /^shop_full_\d{8}_\d{6} +local +good +whole/m],
  ['pma-backup backup', /^state +proven$/m],
  ['pma-backup cleanup --dry-run', / kept: newest proven full$/m],
  ['pma-backup cleanup', /^deleted 0 copies, /m],
  ['pma-backup recovery-kit', /^# Recovery kit of PMA Backup/m],
  ['temporal workflow start', /^ +WorkflowId +\S/m],
  ['temporal workflow query', /"phase":"done"/],
  ['temporal workflow list', /^/],
  ['temporal workflow cancel', /^Canceled workflow$/m],
  ['temporal schedule list', /^ +pma-backup\/shop\/full /m],
  ['temporal schedule describe', /^ +OverlapPolicy +BufferOne$/m],
  ['temporal schedule trigger', /^Trigger request sent$/m],
  ['temporal schedule toggle', /^/],
  ['temporal schedule backfill', /^Backfill request sent$/m],
  ['sha256sum', /^[0-9a-f]{64} /m],
  ['zstd', /^/],
  ['psql', /^(SET|ALTER DATABASE)$/m],
  ['createdb', /^/],
  ['pg_restore', /^/],
];

/** Blocks that other tests show, or that none can, by document and heading. */
export const elsewhere: Record<string, string> = {
  'README.md PMA Backup': 'test/e2e/once.test.ts',
  'README.zh-CN.md PMA Backup': 'test/e2e/once.test.ts',
  'CONTRIBUTING.md Contributing': '.ci/run',
  'docs/backups.md Kinds, modules, formats, retention': 'test/e2e/kinds.test.ts',
  'docs/off-site.md Off-site copies and encryption': 'test/unit/config/destinations.test.ts',
  'docs/restoring.md Restoring': 'test/e2e/restore.test.ts',
  'docs/restoring.md From nothing': 'test/e2e/offsite.test.ts',
  'docs/restoring.md Files of the system before': 'test/e2e/import.test.ts',
  'docs/restoring.md Download': 'test/e2e/offsite.test.ts',
  'docs/speed.md Speed': 'scripts/bench.mjs',
};

/** The blocks whose lines are run there. */
export function blocksToRun(): ShellBlock[] {
  return documents.flatMap(shellBlocks).filter((block) => !(keyOf(block) in elsewhere));
}

/** What a line is to print; undefined: nobody has said so yet, in the table above. */
export function expectedOutput(command: string): RegExp | undefined {
  return printed.find(([beginning]) => command.startsWith(beginning))?.[1];
}

export function keyOf({ document, heading }: ShellBlock): string {
  return `${document} ${heading}`;
}

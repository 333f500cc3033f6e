import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parseBackupId } from '../../../src/domain/backup-name.ts';
import { planRetention } from '../../../src/domain/retention.ts';
import type { CopyState } from '../../../src/domain/backup.ts';
import type {
  RetentionBackup,
  RetentionCopy,
  RetentionInput,
  RetentionPlan,
} from '../../../src/domain/retention.ts';

/** A plan's input, written short: what is not said is ordinary, and ids carry database, kind, module and time. */
interface GoldenFile {
  readonly about: string;
  readonly now: string;
  readonly rules: RetentionInput['rules'];
  readonly cloudDestinations: string[];
  readonly force?: boolean;
  /** Copies: `<destination>[@<host>] [<state>] [<locked until>]`; `unchecked` is good, and never was checked. */
  readonly backups: readonly (Partial<Omit<RetentionBackup, 'copies'>> & {
    readonly id: string;
    readonly copies: string[];
  })[];
}

const directory = path.join(import.meta.dirname, 'retention-golden');
const names = readdirSync(directory).filter((name) => name.endsWith('.json'));

test.each(names)('%s gives the plan beside it', async (name) => {
  const file = JSON.parse(readFileSync(path.join(directory, name), 'utf8')) as GoldenFile;
  const plan = planRetention(readInput(file));
  const lines = [file.about, ...describePlan(plan), ''];
  const text = lines.map((line) => line.trimEnd()).join('\n');
  await expect(text).toMatchFileSnapshot(path.join(directory, name.replace(/json$/, 'txt')));
});

function readInput(file: GoldenFile): RetentionInput {
  return {
    rules: file.rules,
    cloudDestinations: file.cloudDestinations,
    now: new Date(file.now),
    force: file.force ?? false,
    backups: file.backups.map(readBackup),
  };
}

function readBackup(written: GoldenFile['backups'][number]): RetentionBackup {
  const name = parseBackupId(written.id);
  if (!name) throw new Error(`not an id: ${written.id}`);
  return {
    database: name.database,
    kind: name.kind,
    module: name.module,
    state: 'proven',
    base: null,
    triggeredAt: name.time,
    held: false,
    imported: false,
    leased: false,
    ...written,
    copies: written.copies.map(readCopy),
  };
}

function readCopy(written: string): RetentionCopy {
  const [place = '', state = 'good', lockedUntil] = written.split(' ');
  const [destination = '', host = null] = place.split('@');
  const checked = state !== 'unchecked' && state !== 'uploading';
  return {
    destination,
    host,
    state: (state === 'unchecked' ? 'good' : state) as CopyState,
    lastCheckGood: checked ? state === 'good' || state === 'locked' : null,
    checkedAt: null,
    lockedUntil: lockedUntil === undefined ? null : new Date(lockedUntil),
    bytes: 1000,
  };
}

function describePlan({ decisions, deletions, stops, mustCheckFirst }: RetentionPlan): string[] {
  return [
    ...section(
      'decisions',
      decisions.map(({ reason, ...at }) => `${where(at)}  ${reason}`),
    ),
    ...section('look at first', mustCheckFirst.map(where)),
    ...section('delete in this order', deletions.map(where)),
    ...section(
      'stopped',
      stops.map(({ database, module, kind, destination, host, reason }) => {
        const series = [database, kind, ...(module === null ? [] : [module])].join(' ');
        return `${where({ backup: series, destination, host })}  ${reason}`;
      }),
    ),
  ];
}

function section(title: string, lines: string[]): string[] {
  return ['', `${title}:`, ...(lines.length === 0 ? ['nothing'] : lines)];
}

function where(at: { backup: string; destination: string; host: string | null }): string {
  const place = at.host === null ? at.destination : `${at.destination}@${at.host}`;
  return `${place.padEnd(12)} ${at.backup.padEnd(34)}`;
}

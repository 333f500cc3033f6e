import { BackupError } from '../errors.ts';
import type { CopyState } from './backup.ts';
import { planRetention } from './retention.ts';
import { seriesKey } from './retention/copies.ts';
import type {
  CheckFirst,
  Decision,
  RetentionBackup,
  RetentionRule,
  RetentionStop,
} from './retention.ts';

/** Input of the `cleanup` workflow: only what was typed. */
export interface CleanupInput {
  readonly database?: string;
  /** Says what would go, and deletes nothing. */
  readonly dryRun?: boolean;
  /** Goes on where more than half of a series would go, or where the clock is behind. */
  readonly force?: boolean;
}

/** What one clean-up is about, with what the settings of the worker that resolved it say. */
export interface CleanupScope {
  readonly databases: readonly DatabaseRules[];
  readonly cloudDestinations: readonly string[];
  readonly timeZone: string;
  readonly force: boolean;
  /** When the clean-up began: only a check since then counts as a look at what has to be good. */
  readonly since: string;
  /** How long a host may take no work until its copies are left for another time; absent in runs of versions before. */
  readonly hostPatienceSeconds?: number;
}

export interface DatabaseRules {
  readonly name: string;
  readonly local: RetentionRule;
  readonly cloud: RetentionRule;
}

/** Incrementals go before the first full does, wherever they lie. */
export type CleanupRound = 'incrementals' | 'others';

/** What there is to do, by the hosts that can do it; null: every host can. */
export interface CleanupWork {
  /** They have copies that must be looked at before anything older is deleted. */
  readonly toCheck: readonly (string | null)[];
  /** They have copies to delete, or to finish deleting. */
  readonly toDelete: readonly (string | null)[];
}

export interface DecidedCopy {
  readonly backup: string;
  readonly destination: string;
  readonly host: string | null;
  readonly bytes: number;
  readonly reason: string;
}

/** How many, and the first of them: a history may not grow with the number of backups. */
export interface DecidedCopies {
  readonly count: number;
  readonly bytes: number;
  readonly copies: readonly DecidedCopy[];
}

/** A series that was left alone. */
export interface StoppedSeries {
  readonly database: string;
  readonly series: string;
  readonly reason: string;
}

/** Result of the `cleanup` workflow. */
export interface CleanupResult {
  readonly dryRun: boolean;
  /** Of a dry run: what would be. */
  readonly deleted: DecidedCopies;
  readonly kept: DecidedCopies;
  /** Should have gone, and could not be deleted. */
  readonly refused: readonly DecidedCopy[];
  readonly stops: readonly StoppedSeries[];
  /** Hosts that did not answer. */
  readonly lostHosts: readonly string[];
}

/** Of each list in a result. */
export const listedCopies = 500;

/** A copy that the plan deletes, with what carrying it out takes. */
export interface DoomedCopy extends DecidedCopy {
  readonly database: string;
  readonly state: CopyState;
  readonly round: CleanupRound;
}

/** The plan for one database. */
export interface DatabasePlan {
  readonly kept: readonly DecidedCopy[];
  /** In the order in which they have to be deleted. */
  readonly doomed: readonly DoomedCopy[];
  /** Of the doomed, those that wait for no look at another copy. */
  readonly ready: readonly DoomedCopy[];
  /** Copies that nobody has looked at since the clean-up began, and on which the other doomed wait. */
  readonly unchecked: readonly CheckFirst[];
  readonly stops: readonly RetentionStop[];
}

/** Plans the clean-up of one database; `now` is read after the catalog. */
export function planDatabase(
  backups: readonly RetentionBackup[],
  { local, cloud }: Pick<DatabaseRules, 'local' | 'cloud'>,
  scope: Omit<CleanupScope, 'databases'>,
  now: Date,
): DatabasePlan {
  const { cloudDestinations, timeZone, force, since } = scope;
  const rules = Object.fromEntries([
    ['local', local] as const,
    ...cloudDestinations.map((name) => [name, cloud] as const),
  ]);
  const plan = planRetention({ backups, rules, cloudDestinations, timeZone, force, now });
  const find = finder(backups);
  const unchecked = plan.mustCheckFirst.filter(({ backup, ...place }) => {
    const { checkedAt } = find(backup, place).copy;
    return checkedAt === null || checkedAt < new Date(since);
  });
  const placed = ({ backup, destination, host }: CheckFirst) =>
    JSON.stringify([seriesKey(find(backup, { destination, host }).backup), destination, host]);
  const waiting = new Set(unchecked.map(placed));
  const decided = ({ backup, destination, host, reason }: Decision): DecidedCopy => {
    const { bytes } = find(backup, { destination, host }).copy;
    return { backup, destination, host, bytes, reason };
  };
  const doomed = plan.deletions.map((deletion): DoomedCopy => {
    const { backup, copy } = find(deletion.backup, deletion);
    const round = backup.base === null ? 'others' : 'incrementals';
    return { ...decided(deletion), database: backup.database, state: copy.state, round };
  });
  return {
    kept: plan.decisions.filter(({ action }) => action === 'keep').map(decided),
    doomed,
    ready: doomed.filter((copy) => !waiting.has(placed(copy))),
    ...{ unchecked, stops: plan.stops },
  };
}

type Place = Pick<CheckFirst, 'destination' | 'host'>;

/** Finds a copy of the plan, which has only copies that it was given. */
function finder(backups: readonly RetentionBackup[]) {
  const byId = new Map(backups.map((backup) => [backup.id, backup]));
  return (id: string, { destination, host }: Place) => {
    const backup = byId.get(id);
    const copy = backup?.copies.find((one) => one.destination === destination && one.host === host);
    if (!backup || !copy) throw new BackupError('internal', `'${id}' has no such copy`);
    return { backup, copy };
  };
}

/** The first copies of a list, and how many there are. */
export function decidedCopies(all: readonly DecidedCopy[]): DecidedCopies {
  return {
    count: all.length,
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    copies: all.slice(0, listedCopies),
  };
}

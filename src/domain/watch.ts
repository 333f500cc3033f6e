import type { ErrorCode } from '../errors.ts';
import { hostAlarm } from './alarm.ts';
import { formatBytes } from './format.ts';
import type { LockedBackups } from './readers.ts';

/** Something that is wrong now: an alarm to raise. */
export interface Trouble {
  readonly key: string;
  readonly database: string | null;
  readonly message: string;
  readonly hint: string | null;
  /** Of the failure that it comes from. */
  readonly code?: ErrorCode | null;
}

/** How old what protects a database may be; 0: as old as it likes. */
export interface Objectives {
  readonly provenHours: number;
  readonly offsiteHours: number;
  readonly restoreTestDays: number;
}

/** What is known of one database; times are ISO, null: never. */
export interface WatchedDatabase {
  readonly name: string;
  readonly objectives: Objectives;
  /** Since when it is to be backed up: it gets the time that its objectives give. */
  readonly wantedSince: string;
  /** Since when it is to have copies away from this machine; null: it is not. */
  readonly offsiteSince: string | null;
  readonly newestProven: string | null;
  readonly newestOffsite: string | null;
  readonly lastRestoreTest: string | null;
}

/** One schedule as Temporal tells it. */
export interface WatchedSchedule {
  readonly id: string;
  readonly database: string | null;
  /** Its next times: they tell how far apart its runs are. */
  readonly next: readonly string[];
  /** When it last started a run, was made or was changed. */
  readonly lastSign: string;
  readonly running: boolean;
  /** Since when somebody other than us has paused it. */
  readonly pausedSince: string | null;
  readonly note: string;
}

export interface WatchedDisk {
  readonly host: string;
  readonly directory: string;
  readonly free: number;
  /** For the next backup of the biggest database. */
  readonly needed: number;
}

/** A destination as one host sees it, with why it cannot be used; null: it can. */
export interface WatchedDestination {
  readonly name: string;
  readonly host: string;
  readonly problem: Pick<Trouble, 'message' | 'hint' | 'code'> | null;
}

export interface WatchFacts {
  readonly databases: readonly WatchedDatabase[];
  /** What Temporal said when it could not tell the schedules. */
  readonly schedules: readonly WatchedSchedule[] | { readonly unreachable: string };
  readonly disks: readonly WatchedDisk[];
  readonly destinations: readonly WatchedDestination[];
  /**
   * What no worker has the key for, and since when; null: nothing, or it is kept elsewhere on purpose; undefined: that is
   * for workers to say.
   */
  readonly locked: (LockedBackups & { readonly since: string }) | null | undefined;
  /** Since when no worker asks for work; null: one does; undefined: Temporal does not say. */
  readonly idleSince: string | null | undefined;
}

/** All that is wrong now, by what is known now. */
export function findTroubles(facts: WatchFacts, now: Date): Trouble[] {
  const { schedules } = facts;
  return [
    ...facts.databases.flatMap((database) => databaseTroubles(database, now)),
    ...('unreachable' in schedules
      ? [temporalTrouble(schedules.unreachable)]
      : schedules.flatMap((schedule) => scheduleTroubles(schedule, now))),
    ...facts.disks.flatMap(diskTroubles),
    ...facts.destinations.flatMap(destinationTroubles),
    ...keyTroubles(facts.locked, now),
    ...idleTroubles(facts.idleSince, now),
  ];
}

/** An alarm that is open. */
export interface Open {
  readonly key: string;
  readonly lastSeenAt: string;
}

/** The keys of those open alarms that these facts say are over. */
export function findOver(
  open: readonly Open[],
  { facts, now }: { readonly facts: WatchFacts; readonly now: Date },
): string[] {
  const wrong = new Set(findTroubles(facts, now).map(({ key }) => key));
  return open
    .filter(({ key }) => !wrong.has(key))
    .filter((alarm) => decides(facts, alarm.key) || isForgotten(alarm, now))
    .map(({ key }) => key);
}

function decides(facts: WatchFacts, key: string): boolean {
  const { schedules, disks, destinations, locked, idleSince } = facts;
  if (/^(stale|offsite|restoreTest|temporal):/.test(key)) return true;
  if (key === lockedKey) return locked !== undefined;
  if (key === idleKey) return idleSince !== undefined;
  if (/^(missed|paused):/.test(key)) return !('unreachable' in schedules);
  return (
    // A host that looks at its disks works again.
    disks.some((disk) => key === diskKey(disk) || key === hostAlarm(disk.host)) ||
    destinations.some((destination) => key === destinationKey(destination))
  );
}

/** The host, the directory or the destination is there no more: nobody looks at it. */
function isForgotten({ key, lastSeenAt }: Open, now: Date): boolean {
  return /^(disk|destination):/.test(key) && now.getTime() - Date.parse(lastSeenAt) > day;
}

const hour = 3_600_000;
const day = 24 * hour;
const pausedTooLong = day;
// A restart, or the start of all parts of a system, takes some minutes.
const startingUp = hour / 6;
// A run may begin late: jitter, a worker that restarts, a run before it that takes long.
const lateness = 1 * hour;

function databaseTroubles(database: WatchedDatabase, now: Date): Trouble[] {
  return [staleTrouble, offsiteTrouble, restoreTestTrouble].flatMap(
    (find) => find(database, now) ?? [],
  );
}

type Find = (database: WatchedDatabase, now: Date) => Trouble | undefined;

const staleTrouble: Find = ({ name, objectives, newestProven, wantedSince }, now) => {
  const { provenHours } = objectives;
  if (!isOld([newestProven, wantedSince], provenHours * hour, now)) return undefined;
  return {
    ...{ key: `stale:${name}`, database: name },
    message: `the newest proven backup of '${name}' is ${age(newestProven, now)}, it may be ${provenHours} h old`,
    hint: `pma-backup list --database ${name}; then: pma-backup backup ${name}`,
  };
};

const offsiteTrouble: Find = ({ name, objectives, newestOffsite, offsiteSince }, now) => {
  const { offsiteHours } = objectives;
  if (offsiteSince === null || !isOld([newestOffsite, offsiteSince], offsiteHours * hour, now))
    return undefined;
  return {
    ...{ key: `offsite:${name}`, database: name },
    message: `the newest backup of '${name}' with a good copy in the cloud is ${age(newestOffsite, now)}, it may be ${offsiteHours} h old`,
    hint: `pma-backup doctor; then: pma-backup backup ${name}`,
  };
};

const restoreTestTrouble: Find = ({ name, objectives, lastRestoreTest, wantedSince }, now) => {
  const { restoreTestDays } = objectives;
  if (!isOld([lastRestoreTest, wantedSince], restoreTestDays * day, now)) return undefined;
  return {
    ...{ key: `restoreTest:${name}`, database: name },
    message: `no stored copy of '${name}' was test-restored for ${restoreTestDays} days`,
    hint: `pma-backup verify latest --database ${name}`,
  };
};

/** All of these are longer ago than the limit; 0 is none. */
function isOld(times: readonly (string | null)[], limit: number, now: Date): boolean {
  const ages = times.flatMap((time) => (time === null ? [] : now.getTime() - Date.parse(time)));
  return limit > 0 && ages.every((each) => each > limit);
}

function age(time: string | null, now: Date): string {
  if (time === null) return 'missing';
  const hours = Math.floor((now.getTime() - Date.parse(time)) / hour);
  return hours < 72 ? `${hours} h old` : `${Math.floor(hours / 24)} days old`;
}

function scheduleTroubles(schedule: WatchedSchedule, now: Date): Trouble[] {
  const { id, database, pausedSince, note } = schedule;
  const name = id.replace(/^pma-backup\//, '');
  if (pausedSince !== null) {
    if (now.getTime() - Date.parse(pausedSince) <= pausedTooLong) return [];
    const why = note === '' ? '' : ` ("${note}")`;
    return [
      {
        ...{ key: `paused:${name}`, database },
        message: `schedule '${name}' is paused for more than a day${why}`,
        hint: `pma-backup schedules resume ${name}`,
      },
    ];
  }
  if (schedule.running || !isOverdue(schedule, now)) return [];
  return [
    {
      ...{ key: `missed:${name}`, database },
      message: `schedule '${name}' has started nothing since ${schedule.lastSign}`,
      hint: `is a worker running? Look at: pma-backup schedules`,
    },
  ];
}

/** Nothing began for longer than its runs are ever apart. */
function isOverdue({ next, lastSign }: WatchedSchedule, now: Date): boolean {
  const times = next.map((time) => Date.parse(time));
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  const longest = Math.max(0, ...gaps);
  return longest > 0 && now.getTime() - Date.parse(lastSign) > longest + lateness;
}

function temporalTrouble(reason: string): Trouble {
  return {
    ...{ key: 'temporal:', database: null, code: 'temporal_unreachable' },
    message: `no schedule runs: ${reason}`,
    hint: 'is the server running? pma-backup doctor',
  };
}

function diskKey({ host, directory }: WatchedDisk): string {
  return `disk:${host}:${directory}`;
}

function diskTroubles(disk: WatchedDisk): Trouble[] {
  const { directory, free, needed } = disk;
  if (free >= needed) return [];
  return [
    {
      ...{ key: diskKey(disk), database: null, code: 'disk_too_small' },
      message: `'${directory}' has ${formatBytes(free)} free, the next backup of the biggest database may need ${formatBytes(needed)}`,
      hint: 'free some space, or move the directory to a bigger disk',
    },
  ];
}

function destinationKey({ name, host }: WatchedDestination): string {
  return `destination:${name}@${host}`;
}

function destinationTroubles(destination: WatchedDestination): Trouble[] {
  const { problem } = destination;
  if (problem === null) return [];
  return [{ key: destinationKey(destination), database: null, ...problem }];
}

const lockedKey = 'key:';

// Who has the key may only be starting: after a day without any worker nobody's keys are known.
function keyTroubles(locked: WatchFacts['locked'], now: Date): Trouble[] {
  if (!locked || now.getTime() - Date.parse(locked.since) < startingUp) return [];
  const { key, backups, setting } = locked;
  return [
    {
      ...{ key: lockedKey, database: null },
      message: `no worker has ${key}: none can restore the stored backups that need it (${backups})`,
      hint: `is it safe? Give it in ${setting} to a worker that restores; where it is kept away on purpose, set BACKUP_AGE_KEY_ELSEWHERE`,
    },
  ];
}

const idleKey = 'worker:';

function idleTroubles(since: string | null | undefined, now: Date): Trouble[] {
  if (!since || now.getTime() - Date.parse(since) < startingUp) return [];
  return [
    {
      ...{ key: idleKey, database: null },
      message: `no worker asks Temporal for work since ${since}: no backup is made`,
      hint: 'start one: pma-backup worker',
    },
  ];
}

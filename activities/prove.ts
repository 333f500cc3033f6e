import { totalmem } from 'node:os';
import type { Settings } from '../src/config.ts';
import type { Proof } from '../src/domain/proof.ts';
import { toBackupError } from '../src/errors.ts';
import type { Connection } from '../src/postgres/connection.ts';
import {
  keepFull,
  keptFullPlace,
  removeKeptFull,
  withKeptFull,
  type KeptFull,
} from '../src/postgres/kept-full.ts';
import { proveDump, type ProveOptions, type RestoredFull } from '../src/postgres/prove.ts';
import { startScratchServer, type ScratchOptions } from '../src/postgres/scratch.ts';
import { withSharedScratch } from '../src/postgres/shared-scratch.ts';
import { unlessStalled } from '../src/postgres/stall-watch.ts';
import { scratchUser } from '../src/system/os-user.ts';
import type { Report } from './reporting.ts';

/** What is proven: the directory of an unpacked artifact, with that of its full where it is an incremental. */
export type Unpacked = Pick<ProveOptions, 'backup' | 'directory' | 'full'>;

/** Restores an unpacked artifact on a scratch server, an incremental on top of its full, and compares it. */
export function prove(settings: Settings, unpacked: Unpacked, report: Report): Promise<Proof> {
  const proveOn = prover(settings, unpacked, report);
  if (settings.verify) return proveAsGuest(settings.verify, report, proveOn);
  return withScratchServer(settings, report, (scratch) =>
    proveOn({ scratch, signal: report.signal }),
  );
}

/** The same of a full that, once proven, stays restored for the incrementals of its database where there is space. */
export async function proveAndKeep(
  settings: Settings,
  unpacked: Unpacked & { readonly database: string; readonly baseFile: string },
  report: Report,
): Promise<Proof> {
  if (settings.verify) return prove(settings, unpacked, report);
  const place = keptFullPlace(settings.stateDirectory, unpacked.database);
  await removeKeptFull(place); // it is about to be replaced, and its space may be needed
  report({ step: startingScratch });
  const scratch = await startScratchServer(scratchOptions(settings, report.signal));
  let isKept = false;
  try {
    let restored: RestoredFull | undefined;
    const { connection } = scratch;
    const proof = await prover(
      settings,
      unpacked,
      report,
    )({
      ...{ scratch: connection, signal: report.signal },
      keep: (left) => (restored = left),
    });
    if (proof.state === 'proven' && restored)
      isKept = await keepFull(
        scratch,
        { backup: unpacked.backup, ...restored },
        { content: unpacked.directory, baseFile: unpacked.baseFile, place },
      );
    return proof;
  } finally {
    if (!isKept) await scratch.stop();
  }
}

/**
 * Proves an incremental on a copy of its full that stayed restored. Undefined: there is no such full, or it did not go
 * well; then the full is restored anew, so that only its artifact can make a proof fail.
 */
export async function proveOnKeptFull(
  settings: Settings,
  unpacked: Omit<Unpacked, 'full'> & { readonly database: string; readonly base: string },
  report: Report,
): Promise<Proof | undefined> {
  if (settings.verify) return undefined;
  const place = keptFullPlace(settings.stateDirectory, unpacked.database);
  const { backup, directory, base } = unpacked;
  const server = scratchOptions(settings, report.signal);
  const use = ({ scratch, directory: full, restored }: KeptFull) =>
    prover(
      settings,
      { backup, directory, full },
      report,
    )({
      ...{ scratch, restored, signal: report.signal },
    });
  try {
    const proof = await withKeptFull({ place, backup: base, server }, use);
    if (proof === undefined || proof.state === 'proven') return proof;
    report({ step: `it is not proven on the kept full: ${proof.reason ?? 'no reason given'}` });
  } catch (error) {
    report.signal.throwIfAborted();
    report({ step: `the kept full is of no use: ${toBackupError(error).message}` });
  }
  await removeKeptFull(place);
  return undefined;
}

type ProveOn = (
  place: Pick<ProveOptions, 'scratch' | 'guest' | 'signal' | 'keep' | 'restored'>,
) => Promise<Proof>;

function prover(settings: Settings, unpacked: Unpacked, report: Report): ProveOn {
  return (place) =>
    unlessStalled(
      {
        ...{ what: `the test restore of '${unpacked.backup}'`, seconds: settings.stallSeconds },
        ...{ connection: place.scratch, signal: place.signal },
        applicationName: place.guest === undefined ? null : 'pma-backup: %',
      },
      ({ signal, tell }) =>
        proveDump({
          ...unpacked,
          ...place,
          ...{ jobs: settings.dump.jobs, signal },
          onProgress: (progress) => {
            tell(progress);
            report(progress);
          },
        }),
    );
}

function proveAsGuest(scratch: Connection, report: Report, proveOn: ProveOn): Promise<Proof> {
  const onWaiting = () => report({ step: 'another test restore is running' });
  const options = { connection: scratch, signal: report.signal, onWaiting };
  return withSharedScratch(options, ({ id, signal }) => proveOn({ scratch, guest: id, signal }));
}

const startingScratch = 'starting the scratch server';

/** Runs `use` with a private scratch server that exists only meanwhile. */
export async function withScratchServer<T>(
  settings: Settings,
  report: Report,
  use: (scratch: Connection) => Promise<T>,
): Promise<T> {
  report({ step: startingScratch });
  const scratch = await startScratchServer(scratchOptions(settings, report.signal));
  try {
    return await use(scratch.connection);
  } finally {
    await scratch.stop();
  }
}

function scratchOptions({ dump }: Settings, signal: AbortSignal): ScratchOptions {
  return { user: scratchUser(), jobs: dump.jobs, memory: scratchMemory(), signal };
}

// MiB: a quarter of the machine, the database we protect may run here, too.
function scratchMemory(): number {
  return Math.min(Math.floor(totalmem() / 4 / 1024 ** 2), 2048);
}

import { totalmem } from 'node:os';
import { describedDump } from '../src/domain/dump-layout.ts';
import type { Proof } from '../src/domain/proof.ts';
import type { Run, Verified } from '../src/domain/run.ts';
import { storedText } from '../src/domain/stored-text.ts';
import type { Connection } from '../src/postgres/connection.ts';
import { proveDump, type ProveOptions } from '../src/postgres/prove.ts';
import { readSource } from '../src/postgres/read-source.ts';
import { unlessStalled } from '../src/postgres/stall-watch.ts';
import { startScratchServer } from '../src/postgres/scratch.ts';
import { withSharedScratch } from '../src/postgres/shared-scratch.ts';
import { scratchUser } from '../src/system/os-user.ts';
import { writeFileDurably } from '../src/system/files.ts';
import type { Settings } from '../src/config.ts';
import type { Dependencies } from './dependencies.ts';
import { openOther } from './family.ts';
import { reporting, type Report } from './reporting.ts';
import { workspaceOf } from './workspace.ts';

/** Restores the dump into a scratch database and compares it with what the source held; the proof is a file first. */
export function verify(deps: Dependencies) {
  return async (run: Run): Promise<Verified> =>
    reporting(deps, 'verify', run.id, async (report) => {
      const settings = deps.settings();
      const place = workspaceOf(settings, run.id);
      const { base } = describedDump(await readSource(place.content));
      const full = base === undefined ? undefined : await openOther(deps, base, run.id, report);
      const proof = await prove(
        settings,
        { backup: run.id, directory: place.content, full },
        report,
      );
      await writeFileDurably(place.proof, storedText(proof));
      return summarise(proof);
    });
}

/** Restores an unpacked artifact on a scratch server, an incremental on top of its full, and compares it. */
export async function prove(
  settings: Settings,
  unpacked: Pick<ProveOptions, 'backup' | 'directory' | 'full'>,
  report: Report,
): Promise<Proof> {
  const proveOn: ProveOn = ({ scratch, guest, signal: whole }) =>
    unlessStalled(
      {
        ...{ what: `the test restore of '${unpacked.backup}'`, seconds: settings.stallSeconds },
        ...{ connection: scratch, signal: whole },
        applicationName: guest === undefined ? null : 'pma-backup: %',
      },
      ({ signal, tell }) =>
        proveDump({
          ...unpacked,
          ...{ jobs: settings.dump.jobs, scratch, signal },
          ...(guest === undefined ? {} : { guest }),
          onProgress: (progress) => {
            tell(progress);
            report(progress);
          },
        }),
    );
  return settings.verify
    ? proveAsGuest(settings.verify, report, proveOn)
    : proveAlone(settings, report, proveOn);
}

type ProveOn = (place: Pick<ProveOptions, 'scratch' | 'guest' | 'signal'>) => Promise<Proof>;

function proveAsGuest(scratch: Connection, report: Report, proveOn: ProveOn): Promise<Proof> {
  const onWaiting = () => report({ step: 'another test restore is running' });
  const options = { connection: scratch, signal: report.signal, onWaiting };
  return withSharedScratch(options, ({ id, signal }) => proveOn({ scratch, guest: id, signal }));
}

function proveAlone(settings: Settings, report: Report, proveOn: ProveOn): Promise<Proof> {
  return withScratchServer(settings, report, (scratch) =>
    proveOn({ scratch, signal: report.signal }),
  );
}

/** Runs `use` with a private scratch server that exists only meanwhile. */
export async function withScratchServer<T>(
  settings: Settings,
  report: Report,
  use: (scratch: Connection) => Promise<T>,
): Promise<T> {
  report({ step: 'starting the scratch server' });
  const scratch = await startScratchServer({
    user: scratchUser(),
    jobs: settings.dump.jobs,
    memory: scratchMemory(),
    signal: report.signal,
  });
  try {
    return await use(scratch.connection);
  } finally {
    await scratch.stop();
  }
}

// MiB: a quarter of the machine, the database we protect may run here, too.
function scratchMemory(): number {
  return Math.min(Math.floor(totalmem() / 4 / 1024 ** 2), 2048);
}

/** The few numbers of a proof that a run's history carries. */
export function summarise(proof: Proof): Verified {
  return {
    state: proof.state,
    reason: proof.reason,
    tables: proof.tables.length,
    rows: proof.tables.reduce((sum, { restored }) => sum + (restored?.rows ?? 0), 0),
    mismatches: proof.mismatches,
    seconds: proof.seconds,
    finishedAt: proof.finishedAt,
  };
}

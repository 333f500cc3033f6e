import { totalmem } from 'node:os';
import type { Proof } from '../src/domain/proof.ts';
import type { Run, Verified } from '../src/domain/run.ts';
import { proveDump } from '../src/postgres/prove.ts';
import { startScratchServer } from '../src/postgres/scratch.ts';
import { scratchUser } from '../src/system/os-user.ts';
import { writeFileDurably } from '../src/system/files.ts';
import type { Settings } from '../src/config.ts';
import type { Dependencies } from './dependencies.ts';
import { reporting, type Report } from './reporting.ts';
import { workspaceOf } from './workspace.ts';

/** Restores the dump into a scratch database and compares it with what the source held; the proof is a file first. */
export function verify(deps: Dependencies) {
  return async (run: Run): Promise<Verified> =>
    reporting(deps, 'verify', run.id, async (report) => {
      const settings = deps.settings();
      const place = workspaceOf(settings, run.id);
      const proof = await prove(settings, run.id, place.content, report);
      await writeFileDurably(place.proof, `${JSON.stringify(proof, null, 1)}\n`);
      return summarise(proof);
    });
}

/** Restores an unpacked artifact on a scratch server and compares it. */
export async function prove(
  settings: Settings,
  backup: string,
  directory: string,
  report: Report,
): Promise<Proof> {
  report({ step: 'starting the scratch server' });
  const scratch = await startScratchServer({
    user: scratchUser(),
    jobs: settings.dump.jobs,
    memory: scratchMemory(),
    signal: report.signal,
  });
  try {
    return await proveDump({
      backup,
      directory,
      scratch: scratch.connection,
      jobs: settings.dump.jobs,
      signal: report.signal,
      onProgress: report,
    });
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

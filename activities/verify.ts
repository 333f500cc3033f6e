import { databaseSettings, type Settings } from '../src/config.ts';
import { parseBackupId } from '../src/domain/backup-name.ts';
import { describedDump } from '../src/domain/dump-layout.ts';
import { isSameDay } from '../src/domain/format-time.ts';
import type { Proof } from '../src/domain/proof.ts';
import type { Run, Verified } from '../src/domain/run.ts';
import { toBackupError } from '../src/errors.ts';
import { storedText } from '../src/domain/stored-text.ts';
import { leftUnproven } from '../src/postgres/prove.ts';
import { readSource } from '../src/postgres/read-source.ts';
import { writeFileDurably } from '../src/system/files.ts';
import type { Dependencies } from './dependencies.ts';
import { openOther } from './family.ts';
import { prove, proveAndKeep, proveOnKeptFull } from './prove.ts';
import { reporting, type Report } from './reporting.ts';
import { workspaceOf } from './workspace.ts';

/** Restores the dump into a scratch database and compares it with what the source held; the proof is a file first. */
export function verify(deps: Dependencies) {
  return async (run: Run): Promise<Verified> =>
    reporting(deps, 'verify', run.id, async (report) => {
      const place = workspaceOf(deps.settings(), run.id);
      const proof = await proofOf(deps, run, report);
      await writeFileDurably(place.proof, storedText(proof));
      return summarise(proof);
    });
}

async function proofOf(deps: Dependencies, run: Run, report: Report): Promise<Proof> {
  const settings = deps.settings();
  const { content: directory, base: baseFile } = workspaceOf(settings, run.id);
  const source = await readSource(directory);
  const { base, format } = describedDump(source);
  const unpacked = { backup: run.id, database: run.database, directory };
  if (base === undefined)
    return keepsFull(settings, run) && format !== 'custom'
      ? proveAndKeep(settings, { ...unpacked, baseFile }, report)
      : prove(settings, unpacked, report);
  const reason = await whyNotNow(deps, run);
  if (reason !== null) return { ...leftUnproven(run.id, source, reason), byChoice: true };
  const proof = await proveOnKeptFull(settings, { ...unpacked, base }, report);
  if (proof) return proof;
  try {
    const full = await openOther(deps, base, run.id, report);
    return await prove(settings, { ...unpacked, full }, report);
  } catch (error) {
    const { code, message } = toBackupError(error);
    if (code !== 'key_missing') throw error;
    return leftUnproven(run.id, source, `its full cannot be restored here: ${message}`);
  }
}

/** Only where incrementals of it will be proven. */
function keepsFull(settings: Settings, { database, kind, module }: Run): boolean {
  const { keepFull, incrementals } = databaseSettings(settings, database).proof;
  return keepFull && incrementals !== 'never' && kind === 'full' && module === null;
}

/** Why the settings leave this incremental unproven; null: they do not. */
async function whyNotNow({ settings, catalog }: Dependencies, run: Run): Promise<string | null> {
  const { incrementals } = databaseSettings(settings(), run.database).proof;
  if (incrementals === 'always') return null;
  const prove = `'pma-backup verify ${run.id}' does`;
  if (incrementals === 'never') return `the settings never test-restore incrementals; ${prove}`;
  const { database, kind, module } = run;
  const newest = await catalog.newest({ database, kind, module, states: ['proven'] });
  const at = newest && parseBackupId(newest.id)?.time;
  if (!at || !isSameDay(at, new Date(run.triggeredAt), settings().timeZone)) return null;
  return `the settings test-restore one incremental a day, '${newest.id}' was it; ${prove}`;
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

import { availableParallelism } from 'node:os';
import { startAlarm } from '../src/domain/alarm.ts';
import { backupKinds } from '../src/domain/backup-name.ts';
import { nearestName } from '../src/domain/nearest-name.ts';
import type { BackupInput, Escalation, Plan, Run, Target } from '../src/domain/run.ts';
import { BackupError } from '../src/errors.ts';
import { databaseSettings, withModule } from '../src/config.ts';
import { hostQueue } from '../src/temporal/names.ts';
import type { Dependencies } from './dependencies.ts';
import { currentRun } from './reporting.ts';

/** Fills what was typed from the settings of this worker: which databases, which kind. */
export function resolve({ settings, catalog, runs }: Dependencies) {
  return async (input: BackupInput): Promise<Plan> => {
    const { database, kind = 'full', module } = requireKnown(input);
    const chosen =
      database === undefined ? settings().databases : [databaseSettings(settings(), database)];
    const databases = module === undefined ? chosen : withModule(chosen, module);
    const targets = databases.map(({ name }): Target => ({
      database: name,
      kind,
      module: module ?? null,
    }));
    const searchAttributes = await runs.searchAttributesRegistered();
    // The next one may be of one database: what kept all from beginning keeps none any more.
    await catalog.clearAlarm(startAlarm(undefined));
    return { targets, searchAttributes };
  };
}

/** Takes the id of a new backup and this host for its files; the same again when it is retried. */
export function startRun({ settings, catalog, hostId, log }: Dependencies) {
  return async (target: Target, triggeredAt: string): Promise<Run> => {
    databaseSettings(settings(), target.database);
    const queue = hostQueue(hostId);
    const id = await catalog.startBackup({
      name: { ...target, time: new Date(triggeredAt) },
      triggeredAt: new Date(triggeredAt),
      queue,
      ...currentRun(),
    });
    await catalog.clearAlarm(startAlarm(target.database));
    const { database, kind, module } = target;
    log.info({ backup: id, database, kind, module }, 'a backup begins');
    return {
      ...{ database, kind, module, id, triggeredAt, queue },
      destinations: ['local', ...settings().destinations.map(({ name }) => name)],
      verifyEarly: availableParallelism() > 2,
      hostPatienceSeconds: settings().hostPatienceSeconds,
    };
  };
}

/** A full in the place of an incremental that could not follow; the same again when it is retried. */
export function startInstead(deps: Dependencies) {
  return async (run: Run, { escalation }: Escalation): Promise<Run> => {
    deps.log.warn(
      { backup: run.id, reason: escalation },
      'a full is made instead of an incremental',
    );
    const full = await startRun(deps)({ ...run, kind: 'full' }, run.triggeredAt);
    const reason = `'${full.id}' was made instead: ${escalation}`;
    await deps.catalog.finishBackup(run.id, { state: 'cancelled', reason });
    return { ...full, escalation };
  };
}

/** The same run on this host, because its own does not answer any more. */
export function moveRun({ hostId }: Dependencies) {
  return (run: Run): Promise<Run> => Promise.resolve({ ...run, queue: hostQueue(hostId) });
}

const inputFields = ['database', 'kind', 'module'];

// A workflow is started by hand, too: what was mistyped must be named, not ignored.
function requireKnown(input: BackupInput): BackupInput {
  const unknown = Object.keys(input).find((name) => !inputFields.includes(name));
  if (unknown !== undefined) {
    throw new BackupError('usage', `unknown field '${unknown}' in the workflow's input`, {
      hint: `allowed: ${inputFields.join(', ')}`,
    });
  }
  if (input.kind !== undefined && !backupKinds.includes(input.kind)) {
    const near = nearestName(input.kind, backupKinds);
    throw new BackupError('usage', `unknown kind '${input.kind}'`, {
      hint: `allowed: ${backupKinds.join(', ')}${near === undefined ? '' : `; did you mean '${near}'?`}`,
    });
  }
  const { kind = 'full', module } = input;
  if (module !== undefined && kind !== 'full' && kind !== 'incremental') {
    throw new BackupError('usage', `a module has no backups of kind '${kind}'`, {
      hint: `leave the kind out: a module is the schema with the rows of its tables`,
    });
  }
  return input;
}

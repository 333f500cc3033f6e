import type { BackupSummary } from '../domain/backup.ts';
import { BackupError } from '../errors.ts';
import { makeSchedules } from '../service/schedules.ts';
import { firstBackups, type FirstBackups } from '../service/start-service.ts';
import type { World } from '../service/world.ts';
import type { DefineCommand, Session } from './command.ts';
import { withWorld } from './command.ts';
import { withConsole } from './console.ts';
import { exitStatus, exitStatuses } from './exit-status.ts';
import { following } from './follow.ts';
import type { Output } from './output.ts';
import { tellMadeSchedules } from './schedules.ts';
import { untilStopped } from './stay.ts';
import { summariesResult, summariesText } from './summary-text.ts';
import { formatFields } from './table.ts';

/** `up`: the whole service. */
export const upCommand: DefineCommand = (program, perform) => {
  program
    .command('up')
    .description('start everything, make the schedules and a first backup, and stay')
    .option('--once', 'end after the backup, with its exit status')
    .action(({ once = false }: { once?: boolean }) => perform((session) => up(session, once)));
};

async function up(session: Session, once: boolean): Promise<number> {
  const needs = { temporal: true, worker: true };
  return withWorld(
    session,
    needs,
    async (world) => {
      if (world.joined && !once) throw alreadyRuns();
      return once
        ? backUpOnce(session, world)
        : withConsole(session, world, (url) => stay(session, world, url));
    },
    once ? 'command' : 'service',
  );
}

async function backUpOnce(session: Session, world: World): Promise<number> {
  const { context, output } = session;
  const { summaries, failures } = await begin(session, world, true);
  tellFailures(output, failures.slice(1));
  if (failures[0]) throw failures[0].error;
  summariesResult(output, summaries, context.settings().timeZone);
  return exitStatus(summaries);
}

async function stay(session: Session, world: World, console: string): Promise<number> {
  const { context, output } = session;
  const { summaries, failures } = await begin(session, world, false);
  tellFailures(output, failures);
  greet(session, { world, console, summaries });
  await untilStopped(context.signal, world);
  output.say('stopping');
  return exitStatuses.done;
}

async function begin(session: Session, world: World, always: boolean): Promise<FirstBackups> {
  // Where a service runs, the schedules are its own: a command may have been given other settings.
  if (!world.joined) tellMadeSchedules(session.output, await makeSchedules(world));
  return following(session, (watch) => firstBackups(world, { ...watch, always }));
}

// A service stays: its next scheduled run may go well, and other databases are not to suffer.
function tellFailures(output: Output, failures: FirstBackups['failures']): void {
  for (const { database, error } of failures) {
    output.say(`the first backup of '${database}' failed: ${error.message}`);
    if (error.hint !== undefined) output.say(`hint: ${error.hint}`);
  }
}

function alreadyRuns(): BackupError {
  return new BackupError('conflict', 'a service already runs on this state directory', {
    hint: `use it ('pma-backup status'), or stop it first`,
  });
}

function greet(
  { context, output }: Session,
  { world, console, summaries }: { world: World; console: string; summaries: BackupSummary[] },
): void {
  const { address, namespace, ui } = world.temporal;
  const zone = context.settings().timeZone;
  output.result({ backups: summaries, console, temporal: { address, namespace, ui } }, () =>
    [
      summariesText(summaries, zone),
      formatFields([
        ['console', console],
        ['Temporal', `${address ?? ''}, namespace '${namespace}'`],
        ...(ui === null ? [] : [['Temporal UI', ui] as const]),
        ['to stop', 'Ctrl-C'],
      ]),
    ]
      .filter((part) => part !== '')
      .join('\n\n'),
  );
}

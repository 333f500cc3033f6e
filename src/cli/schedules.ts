import {
  listSchedules,
  pauseSchedule,
  resumeSchedule,
  triggerNow,
  type MadeSchedule,
  type ScheduleStatus,
} from '../service/schedules.ts';
import type { World } from '../service/world.ts';
import type { DefineCommand, Session } from './command.ts';
import { withWorld } from './command.ts';
import { exitStatuses } from './exit-status.ts';
import { inZone } from './format-time.ts';
import type { Output } from './output.ts';
import { formatTable } from './table.ts';

/** `schedules`: what is done by itself, and when. */
export const schedulesCommand: DefineCommand = (program, perform) => {
  const schedules = program.command('schedules').description('what is done by itself');
  schedules
    .command('list', { isDefault: true })
    .description('show every schedule: its next and last run, and why it is paused')
    .action(() => perform(list));
  schedules
    .command('pause')
    .description('pause a schedule; nobody but you resumes it')
    .argument('<name>', `as in the list, such as 'shop/full'`)
    .option('--reason <text>', 'shown in the list and in Temporal', 'paused by hand')
    .action((name: string, { reason }: { reason: string }) =>
      perform((session) => change(session, (world) => pauseSchedule(world, name, reason))),
    );
  schedules
    .command('resume')
    .description('let a paused schedule run again')
    .argument('<name>')
    .action((name: string) =>
      perform((session) => change(session, (world) => resumeSchedule(world, name))),
    );
  schedules
    .command('trigger')
    .description('start a run of a schedule now, unless one is under way')
    .argument('<name>')
    .action((name: string) =>
      perform((session) => change(session, (world) => triggerNow(world, name))),
    );
};

/** Tells what became of schedules at a start, where somebody should know. */
export function tellMadeSchedules(output: Output, made: readonly MadeSchedule[]): void {
  for (const { id, change: what } of made) {
    if (what === 'updated') output.say(`schedule '${id}' changed with the settings`);
    if (what !== 'retired') continue;
    output.say(`schedule '${id}' is paused: the settings do not ask for it any more`);
    output.say(`hint: to be rid of it: temporal schedule delete --schedule-id ${id}`);
  }
}

const needs = { temporal: true, worker: false };

async function change(session: Session, act: (world: World) => Promise<string>): Promise<number> {
  return withWorld(session, needs, async (world) => {
    const id = await act(world);
    session.output.result({ id }, () => id);
    return exitStatuses.done;
  });
}

async function list(session: Session): Promise<number> {
  const { context, output } = session;
  return withWorld(session, needs, async (world) => {
    const schedules = await listSchedules(world);
    output.result(schedules, () => listText(schedules, context.settings().timeZone));
    return exitStatuses.done;
  });
}

function listText(schedules: readonly ScheduleStatus[], timeZone: string): string {
  if (schedules.length === 0) return 'no schedules: the service makes them when it starts';
  const at = (iso: string) => inZone(new Date(iso), timeZone);
  return formatTable(schedules, [
    {
      title: 'SCHEDULE',
      of: ({ database, name }) => (database === null ? name : `${database}/${name}`),
    },
    { title: 'WHEN', of: ({ when }) => when ?? 'not in the settings' },
    { title: `NEXT (${timeZone})`, of: ({ next }) => (next === null ? '' : at(next)) },
    {
      title: `LAST (${timeZone})`,
      of: ({ last }) => (last === null ? '' : `${at(last.at)} ${last.state ?? ''}`),
    },
    {
      title: 'STATE',
      of: ({ paused, note, running }) =>
        paused ? `paused: ${note ?? ''}` : running.length > 0 ? 'running' : 'waiting',
    },
  ]);
}

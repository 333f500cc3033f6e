import { formatBytes } from '../domain/format.ts';
import { readStatus, type DatabaseStatus, type Status } from '../service/status.ts';
import type { DefineCommand, Session } from './command.ts';
import { withWorld } from './command.ts';
import { exitStatuses } from './exit-status.ts';
import { inZone } from './format-time.ts';
import { formatFields, formatTable, printable } from './table.ts';

/** `status`: how all databases stand. */
export const statusCommand: DefineCommand = (program, perform) => {
  program
    .command('status')
    .description('show how every database stands, what runs, and what is wrong')
    .action(() => perform(status));
};

async function status(session: Session): Promise<number> {
  const { context, output } = session;
  return withWorld(session, { temporal: false, worker: false }, async (world) => {
    const found = await readStatus(world);
    output.result(found, () => statusText(found, context.settings().timeZone));
    return exitStatuses.done;
  });
}

function statusText({ temporal, console, databases, alarms }: Status, timeZone: string): string {
  return [
    formatFields([
      ['Temporal', temporal.address ?? 'not running'],
      ['namespace', temporal.namespace],
      ...(temporal.ui === null ? [] : [['UI', temporal.ui] as const]),
      ['console', console ?? 'not running'],
    ]),
    databases.length === 0 ? 'no databases' : databasesText(databases, timeZone),
    ...(alarms.length === 0 ? ['no alarms'] : alarms.map(alarmText)),
  ].join('\n\n');
}

function databasesText(databases: readonly DatabaseStatus[], timeZone: string): string {
  return formatTable(databases, [
    { title: 'DATABASE', of: ({ name }) => name },
    {
      title: 'BACKUPS',
      of: ({ counts }) =>
        Object.entries(counts)
          .filter(([, count]) => count > 0)
          .map(([state, count]) => `${count} ${state}`)
          .join(', ') || 'none',
    },
    { title: 'SIZE', align: 'right', of: ({ bytes }) => formatBytes(bytes) },
    {
      title: `NEWEST PROVEN (${timeZone})`,
      of: ({ newestProven }) =>
        newestProven === null ? 'none' : inZone(new Date(newestProven.at), timeZone),
    },
    { title: 'RUNNING', of: ({ running }) => running.join(', ') },
  ]);
}

function alarmText({ message, hint }: Status['alarms'][number]): string {
  const fact = printable(`ALARM: ${message}`);
  return hint === null ? fact : `${fact}\nhint: ${printable(hint)}`;
}

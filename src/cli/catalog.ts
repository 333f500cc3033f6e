import { formatCount } from '../domain/format.ts';
import { atCommandLine, audited } from '../service/access/audit.ts';
import { forgetHost } from '../service/forget-host.ts';
import { rebuildCatalog, type RebuiltCatalog } from '../service/rebuild-catalog.ts';
import type { DefineCommand, Session } from './command.ts';
import { withWorld } from './command.ts';
import { exitStatuses } from './exit-status.ts';

/** `catalog …`: what is known of all backups. */
export const catalogCommand: DefineCommand = (program, perform) => {
  const catalog = program.command('catalog').description('what is known of all backups');
  catalog
    .command('rebuild')
    .description('enter what lies in the destinations into the catalog, say on a new machine')
    .action(() => perform(rebuild));
  catalog
    .command('forget-host')
    .description('take the copies on the disk of a host that is gone for good for deleted')
    .argument('<host>', 'as an alarm names it')
    .action((host: string) => perform((session) => forget(session, host)));
};

async function rebuild(session: Session): Promise<number> {
  const { output } = session;
  return withWorld(session, { temporal: false, worker: false }, async (world) => {
    const rebuilt = await rebuildCatalog(world, output.say);
    output.result(rebuilt, () => rebuiltText(rebuilt));
    return rebuilt.problems.length === 0 ? exitStatuses.done : exitStatuses.partly;
  });
}

async function forget(session: Session, host: string): Promise<number> {
  const entry = () => ({ ...atCommandLine(), action: 'forget-host', target: host }) as const;
  return withWorld(session, { temporal: false, worker: false }, async (world) => {
    const forgotten = await audited(world, entry, () => forgetHost(world, host));
    session.output.result(
      forgotten,
      () =>
        `${formatCount(forgotten.copies, 'copy', 'copies')} on host ${host} counted no more; where its disk comes back: pma-backup catalog rebuild`,
    );
    return exitStatuses.done;
  });
}

function rebuiltText({
  added,
  copies,
  proofs,
  holds,
  problems,
  destinations,
  own,
}: RebuiltCatalog): string {
  const places = destinations.map((name) => `'${name}'`).join(', ');
  const counts = `${formatCount(copies, 'copy', 'copies')}, ${formatCount(proofs, 'proof')} and ${formatCount(holds, 'hold')} in ${places}; ${formatCount(added, 'backup')} new here`;
  return [counts, ...ownText(own), ...problems.map((problem) => `not read: ${problem}`)].join('\n');
}

function ownText(own: RebuiltCatalog['own']): string[] {
  if (own.state === 'unread') return ['users, tokens and audit log stay as they are'];
  if (own.state === 'none') {
    return ['no backup of a lost catalog there: users, tokens and audit log stay as they are'];
  }
  if (own.state === 'before') {
    return [`users, tokens and audit log came back before, from '${own.from}'`];
  }
  const { users, tokens, audit, alarms, withoutPassword, from, savedAt } = own;
  const rows = `${formatCount(tokens, 'token')}, ${formatCount(audit, 'line')} of the audit log and ${formatCount(alarms, 'alarm')}`;
  const names =
    users.length === 0
      ? 'no new user'
      : `${users.length === 1 ? 'user' : 'users'} ${users.join(', ')}`;
  return [
    `back as of ${savedAt}, from '${from}': ${names}; ${rows}`,
    ...(withoutPassword.length === 0
      ? []
      : [
          `without a password, since that backup is not encrypted: ${withoutPassword.join(', ')}`,
          `hint: a new one: pma-backup users reset ${withoutPassword[0] ?? ''}`,
        ]),
  ];
}

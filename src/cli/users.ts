import { Option } from 'commander';
import { roles, type AuditAction, type Role } from '../domain/access.ts';
import { audited } from '../service/access/audit.ts';
import { addUser, listUsers, removeUser, resetUser } from '../service/access/users.ts';
import type { World } from '../service/world.ts';
import type { DefineCommand, Handler } from './command.ts';
import { withWorld } from './command.ts';
import { exitStatuses } from './exit-status.ts';
import { formatTable } from './table.ts';

/** `users …`: who may log in to the console. */
export const usersCommand: DefineCommand = (program, perform) => {
  const users = program.command('users').description('who may log in to the console');
  users
    .command('list')
    .description('list the users of the console')
    .action(() => perform(list));
  users
    .command('add')
    .description('add a user and print a first password')
    .argument('<name>', 'small letters, digits and . _ @ -')
    .addOption(new Option('--role <role>', 'what the user may do').choices(roles).default('viewer'))
    .action((name: string, { role }: { role: Role }) =>
      perform(acting('user.add', name, (world) => addUser(world, { name, role }))),
    );
  users
    .command('reset')
    .description('give a user a new password and end all sessions of his')
    .argument('<name>', 'of the user')
    .action((name: string) =>
      perform(
        acting('user.reset', name, async (world) => ({ name, ...(await resetUser(world, name)) })),
      ),
    );
  users
    .command('remove')
    .description('remove a user with all sessions and tokens')
    .argument('<name>', 'of the user')
    .action((name: string) =>
      perform(
        acting('user.remove', name, async (world) => {
          await removeUser(world, name);
          return { name };
        }),
      ),
    );
};

const needs = { temporal: false, worker: false };

const list: Handler = (session) =>
  withWorld(session, needs, async (world) => {
    const found = await listUsers(world);
    session.output.result(found, () =>
      formatTable(found, [
        { title: 'USER', of: ({ name }) => name },
        { title: 'ROLE', of: ({ role }) => role },
        { title: 'LAST LOGIN (UTC)', of: ({ lastLoginAt }) => lastLoginAt ?? 'never' },
      ]),
    );
    return exitStatuses.done;
  });

/** Does it, tells the audit log, and prints the password where one was made. */
function acting(
  action: AuditAction,
  name: string,
  act: (world: World) => Promise<{ readonly name: string; readonly password?: string }>,
): Handler {
  const entry = () =>
    ({ user: null, via: 'command line', address: null, action, target: name }) as const;
  return (session) =>
    withWorld(session, needs, async (world) => {
      const done = await audited(world, entry, () => act(world));
      session.output.result(done, () =>
        done.password === undefined
          ? `'${name}' is removed`
          : `'${name}' logs in with ${done.password} (told only now) and chooses another password then`,
      );
      return exitStatuses.done;
    });
}

import { ensureFirstUser } from '../service/access/users.ts';
import { announceConsole } from '../service/console-file.ts';
import type { World } from '../service/world.ts';
import type { Session } from './command.ts';

/** Runs `use` while console and API are served; the first time, tells the first administrator's password. */
export async function withConsole<T>(
  { context, output }: Session,
  world: World,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const server = await context.startConsole(world);
  try {
    const withdraw = await announceConsole(world.settings, server.url);
    try {
      const first = await ensureFirstUser(world);
      output.say(`the console is at ${server.url}`);
      if (first) {
        output.say(
          `log in as '${first.name}' with the password ${first.password} (told only now; you choose your own then)`,
        );
      }
      return await use(server.url);
    } finally {
      await withdraw();
    }
  } finally {
    await server.close();
  }
}

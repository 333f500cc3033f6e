import type { RunningServer } from './api/server.ts';
import { runCli } from './cli/program.ts';
import { askingAt } from './cli/terminal.ts';
import { currentSettings, openCurrentWorld } from './composition.ts';
import { BackupError } from './errors.ts';
import { createLogger } from './log.ts';
import type { World } from './service/world.ts';
import { removeStalePrivateDirectories } from './system/private-directory.ts';

/**
 * Runs one command line to its end and returns its exit status. What only a server needs is loaded when one starts: a
 * command answers at once.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const stopping = new AbortController();
  const stop = () => {
    // A second Ctrl-C does not wait: what is left behind is tidied at the next start.
    if (stopping.signal.aborted) process.exit(130);
    stopping.abort(new BackupError('cancelled', 'cancelled'));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await runCli(argv, {
      stdout: process.stdout,
      stderr: process.stderr,
      isTerminal: process.stderr.isTTY,
      signal: stopping.signal,
      ...askingAt({ stdin: process.stdin, stderr: process.stderr, signal: stopping.signal }),
      settings: currentSettings,
      openWorld: (needs, role, report) =>
        openCurrentWorld({ needs, role, report, signal: stopping.signal }),
      startConsole,
    });
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

async function startConsole(world: World): Promise<RunningServer> {
  await removeStalePrivateDirectories(); // of a server that was killed while it sent scripts
  const { startServer } = await import('./api/server.ts');
  return startServer({
    world,
    currentSettings: () => ({ ...currentSettings(), databases: world.settings.databases }),
    log: createLogger(world.settings),
  });
}

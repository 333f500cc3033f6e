import { Writable } from 'node:stream';
import { runCli } from '../../src/cli/program.ts';
import { loadSettings } from '../../src/config.ts';
import { userCacheDirectory } from '../../src/config/cache.ts';
import { openWorld } from '../../src/service/world.ts';

export interface CliResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The last line of standard output, read as JSON. */
  json(): unknown;
}

/**
 * Runs a command line as `main.ts` does, in this process: loading the program anew costs more than most commands do. It
 * can join a service or a worker that runs, and be neither.
 */
export async function runInProcess(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<CliResult> {
  const [stdout, stderr] = [collect(), collect()];
  const settings = () => loadSettings({ environment });
  const { signal } = new AbortController();
  const status = await runCli(args, {
    ...{ stdout: stdout.stream, stderr: stderr.stream, isTerminal: false, signal, settings },
    ...{ person: null, readPassword: () => Promise.resolve('') },
    openWorld: (needs, role, report) =>
      openWorld({
        ...{ needs, role, report, signal, settings: settings(), currentSettings: settings },
        cacheDirectory: userCacheDirectory(environment),
        startWorker: () => isAProcess('worker'),
      }),
    startConsole: () => isAProcess('console'),
  });
  return result(status, stdout.text(), stderr.text());
}

export function result(status: number, stdout: string, stderr: string): CliResult {
  const json = () => JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as unknown;
  return { status, stdout, stderr, json };
}

function isAProcess(what: string): Promise<never> {
  return Promise.reject(new Error(`a ${what} is a process of its own: use 'program' for this`));
}

function collect(): { stream: Writable; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { runCli } from '../../src/cli/program.ts';
import { loadSettings, type Settings } from '../../src/config.ts';
import type { World } from '../../src/service/world.ts';

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The last line of standard output, parsed. */
  readonly json: () => unknown;
}

export interface RunOptions {
  readonly settings?: () => Settings;
  /** What of the world the command uses. */
  readonly world?: Partial<World>;
  readonly signal?: AbortSignal;
  /** What somebody at the terminal answers; absent: nobody sits there. */
  readonly answer?: string;
  readonly password?: string;
}

/** Runs a command line against a world made for the test and collects what it prints. */
export async function runCommand(line: string, options: RunOptions = {}): Promise<Ran> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const settings = options.settings ?? testSettings;
  const status = await runCli(line.split(' ').filter(Boolean), {
    stdout,
    stderr,
    isTerminal: false,
    signal: options.signal ?? new AbortController().signal,
    person: options.answer === undefined ? null : { ask: () => Promise.resolve(options.answer!) },
    readPassword: () => Promise.resolve(options.password ?? ''),
    settings,
    startConsole: () => Promise.reject(new Error('no test of the command line serves the console')),
    openWorld: () => Promise.resolve(worldOf(settings, options.world)),
  });
  const text = textOf(stdout);
  return {
    status,
    stdout: text,
    stderr: textOf(stderr),
    json: () => JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as unknown,
  };
}

/** Settings that name one database and depend on nothing outside of the test. */
export function testSettings(): Settings {
  return loadSettings({
    environment: {
      DATABASE_URL: 'postgres://reader@db.example/shop',
      TZ: 'Asia/Shanghai',
      PMA_STATE_DIR: path.join(tmpdir(), 'state'),
    },
    file: null,
  });
}

function worldOf(settings: () => Settings, world: Partial<World> = {}): World {
  const made: Omit<World, 'catalog'> = {
    settings: settings(),
    temporal: {
      address: '127.0.0.1:7233',
      namespace: 'default',
      ui: 'http://127.0.0.1:8233',
    } as World['temporal'],
    joined: false,
    broken: new Promise<never>(() => undefined),
    close: () => Promise.resolve(),
  };
  return { ...(made as World), ...world };
}

function textOf(stream: PassThrough): string {
  return String((stream.read() as Buffer | null) ?? '');
}

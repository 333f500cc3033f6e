import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { CliContext } from './context.ts';

type Asking = Pick<CliContext, 'person' | 'readPassword'>;

export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

/** Questions go to standard error: standard output is for the result. */
export function askingAt({ stdin, stderr, signal }: Terminal): Asking {
  const ask = async (question: string, output: Writable) => {
    stderr.write(question);
    const lines = createInterface({ input: stdin, output, terminal: stdin.isTTY });
    lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT')); // on a terminal it takes Ctrl-C for itself
    try {
      return await lines.question('', { signal });
    } finally {
      lines.close();
    }
  };
  return {
    person: stdin.isTTY && stderr.isTTY ? { ask: (question) => ask(question, stderr) } : null,
    async readPassword(question) {
      const password = await ask(question, nowhere());
      stderr.write('\n');
      return password;
    },
  };
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

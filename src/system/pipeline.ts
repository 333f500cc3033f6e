import { execa, ExecaError } from 'execa';
import { BackupError } from '../errors.ts';
import { baseEnvironment, guarded } from './program.ts';

export interface PipelineOptions {
  readonly signal: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  /** The file that the last stage's output goes to; it is made, or emptied. */
  readonly output?: string;
  /** What all stages can read on file descriptor 3, and the first one on standard input: no list of processes shows it. */
  readonly secret?: string;
  /** Called with each line of standard error as it comes; lines for which it returns true were progress, not messages. */
  readonly onStderrLine?: (line: string) => boolean;
}

/**
 * Runs programs joined by kernel pipes, so that data never pass through JavaScript, and returns what the last one
 * printed. Every stage dies with us. Throws `disk_full` or `program_failed`; the signal's reason when aborted.
 */
export async function runPipeline(
  stages: readonly (readonly string[])[],
  options: PipelineOptions,
): Promise<string> {
  const messages: string[] = [];
  const [file, ...args] = guarded('bash', ['-o', 'pipefail', '-c', script(stages, options)], null);
  const shell = execa(file, args, {
    env: { ...baseEnvironment(), ...options.env },
    extendEnv: false,
    ...(options.secret === undefined ? { stdin: 'ignore' } : { input: options.secret }),
    detached: true, // a process group of its own: the trap below ends the whole of it
    buffer: { stderr: false },
    stdout: 'pipe',
    cancelSignal: options.signal,
    forceKillAfterDelay: 2000,
  });
  void collect(shell.stderr, messages, options.onStderrLine);
  try {
    return (await shell).stdout;
  } catch (error) {
    options.signal.throwIfAborted();
    throw failure(stages, messages, error);
  }
}

// `wait` keeps the shell from replacing itself by the last stage, and the trap takes the stages along when it is ended.
function script(
  stages: readonly (readonly string[])[],
  { output, secret }: PipelineOptions,
): string {
  const line = stages
    .map(([program = '', ...args]) => guarded(program, args, null).map(quote).join(' '))
    .map((stage, index) => (index === 0 && secret !== undefined ? `${stage} <&3` : stage))
    .join(' | ');
  const into = output === undefined ? '' : ` > ${quote(output)}`;
  // A shell gives what it runs beside itself no standard input of its own.
  const given = secret === undefined ? '' : 'exec 3<&0; ';
  return `trap 'kill -KILL 0' TERM; ${given}${line}${into} & wait $!`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

async function collect(
  stderr: NodeJS.ReadableStream,
  messages: string[],
  onLine: PipelineOptions['onStderrLine'],
): Promise<void> {
  let rest = '';
  for await (const chunk of stderr) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    messages.push(...lines.filter((line) => !onLine?.(line)));
  }
  if (rest !== '') messages.push(rest);
}

function failure(
  stages: readonly (readonly string[])[],
  messages: readonly string[],
  error: unknown,
): BackupError {
  if (!(error instanceof ExecaError)) throw error;
  const detail = messages.slice(-20).join('\n');
  if (/No space left on device|Disk quota exceeded/.test(detail)) {
    return new BackupError('disk_full', 'the disk is full', {
      hint: 'free space there, or point BACKUP_LOCATION and PMA_STATE_DIR to a larger disk',
      detail,
    });
  }
  const names = stages.map(([program]) => program).join(' | ');
  return new BackupError(
    'program_failed',
    `'${names}' failed: ${messages.at(-1) ?? 'no message'}`,
    {
      detail,
    },
  );
}

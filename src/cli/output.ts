import type { Writable } from 'node:stream';
import { toBackupError, type BackupError } from '../errors.ts';

/** Where a command says things: its result on standard output, all else on standard error. */
export interface Output {
  readonly json: boolean;
  readonly isTerminal: boolean;
  readonly stderr: Writable;
  /** The result: as JSON in one line, or as the text for people. */
  readonly result: (value: unknown, text: () => string) => void;
  /** A line for the person who waits; goes to standard error. */
  readonly say: (line: string) => void;
  /** `error:` and `hint:` lines, with `--json` an object as the result as well; `debug` adds detail and stack. */
  readonly error: (thrown: unknown, options: { readonly debug: boolean }) => BackupError;
}

/** Writes to the two streams; a reader that went away (`| head`) is not an error. */
export function createOutput(
  streams: { readonly stdout: Writable; readonly stderr: Writable; readonly isTerminal: boolean },
  { json }: { json: boolean },
): Output {
  const { stderr, isTerminal } = streams;
  const toResult = quietWriter(streams.stdout);
  const say = quietWriter(stderr);
  return {
    json,
    isTerminal,
    stderr,
    say,
    result(value, text) {
      const content = json ? JSON.stringify(value) : text();
      if (content !== '') toResult(content);
    },
    error(thrown, { debug }) {
      const error = toBackupError(thrown);
      for (const line of describeError(error, debug)) say(line);
      const { code, message, hint = null } = error;
      if (json) toResult(JSON.stringify({ error: { code, message, hint } }));
      return error;
    },
  };
}

function describeError(error: BackupError, debug: boolean): string[] {
  const lines = [`error: ${error.message}`];
  if (error.hint !== undefined) lines.push(`hint: ${error.hint}`);
  if (!debug) return lines;
  if (error.detail !== undefined) lines.push(error.detail);
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    lines.push(each.stack ?? each.message);
  }
  return lines;
}

function quietWriter(stream: Writable): (line: string) => void {
  let open = true;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
    open = false;
  });
  return (line) => {
    if (open) stream.write(`${line}\n`);
  };
}

import { pino, type Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { Secret } from './secret.ts';
import { runAtWork } from './system/run.ts';

export type { Logger } from 'pino';

export interface LogSettings {
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly logFormat: 'auto' | 'text' | 'json';
}

/** Fields that are never written, wherever they are: besides `Secret`, which hides itself. */
const redacted = ['password', 'apiKey', 'secretAccessKey', 'accessKeySecret', 'env', 'environment'];

/**
 * The log: to standard error, as readable text on a terminal and as JSON lines elsewhere, unless `logFormat` says. Give
 * it an object and a message: `logger.info({ backup: id }, 'sealed')`. What is logged at work for a run has the run's id
 * as `run`.
 */
export function createLogger(
  { logLevel, logFormat }: LogSettings,
  output: NodeJS.WritableStream & { readonly isTTY?: boolean } = process.stderr,
): Logger {
  const asText = logFormat === 'text' || (logFormat === 'auto' && output.isTTY === true);
  const options = {
    level: logLevel,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    mixin: () => {
      const run = runAtWork();
      return run === undefined ? {} : { run };
    },
    redact: {
      paths: redacted.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      censor: String(new Secret('')),
    },
  };
  if (!asText) return pino(options, output);
  const toText = prettyFactory({
    colorize: output.isTTY === true,
    translateTime: 'SYS:HH:MM:ss',
    singleLine: true,
  });
  return pino(options, { write: (line) => void output.write(toText(JSON.parse(line))) });
}

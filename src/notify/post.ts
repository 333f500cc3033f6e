import { BackupError } from '../errors.ts';
import type { Channel } from './channel.ts';

const timeoutMilliseconds = 10_000;
const answerLimit = 300;

export interface Request {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The URL of a channel. Throws `notify_failed` without it: it often holds a token. */
export function channelUrl(channel: Channel): URL {
  const url = readUrl(channel);
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw refused(channel, 'its URL is none of http or https');
}

/** The URL of a channel; undefined: it is none. */
export function readUrl({ url }: Channel): URL | undefined {
  return URL.canParse(url.reveal()) ? new URL(url.reveal()) : undefined;
}

/** Sends JSON and gives the answer. */
export function postJson(
  channel: Channel,
  url: URL,
  content: unknown,
  signal: AbortSignal,
): Promise<string> {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return request(channel, { method: 'POST', url, headers, body: JSON.stringify(content) }, signal);
}

/** One request; its answer. Throws `notify_failed` unless the status says that it was taken. */
export async function request(
  channel: Channel,
  { method, url, headers = {}, body }: Request,
  signal: AbortSignal,
): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMilliseconds)]);
  try {
    const init = { method, headers, signal: limit, ...(body === undefined ? {} : { body }) };
    const response = await fetch(url, init);
    const answer = (await response.text()).slice(0, answerLimit);
    if (response.ok) return answer;
    throw refused(channel, `status ${response.status} ${answer}`.trim());
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof BackupError) throw error;
    throw refused(channel, reasonOf(error), error);
  }
}

/**
 * The chat services answer with status 200 whatever happened and say in JSON what did: `ok` is the number that means
 * that it was taken.
 */
export function requireTaken(channel: Channel, answer: string, codeNames: readonly string[]): void {
  const content = parsed(answer);
  const code = codeNames.map((name) => content?.[name]).find((value) => value !== undefined);
  if (code !== 0) throw refused(channel, answer === '' ? 'an empty answer' : answer);
}

export function refused(channel: Channel, reason: string, cause?: unknown): BackupError {
  return new BackupError(
    'notify_failed',
    `channel '${channel.name}' (${channel.type}) did not take the message: ${reason}`,
    { hint: 'check its settings with: pma-backup doctor --alerts', cause },
  );
}

function parsed(answer: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(answer) as Record<string, unknown>;
  } catch {
    return undefined; // no JSON: not what such a service answers
  }
}

// Of a failed fetch only the cause says why; it has host and port, never the path with the token.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer for ${timeoutMilliseconds / 1000} s`;
  return error.cause instanceof Error
    ? error.cause.message || String((error.cause as { code?: string }).code)
    : error.message;
}

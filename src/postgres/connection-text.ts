import { BackupError } from '../errors.ts';
import { nearestName } from '../domain/nearest-name.ts';

/** The connection parameters that mean something to us. */
export const parameters = [
  'host',
  'port',
  'user',
  'password',
  'passfile',
  'dbname',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'options',
  'connect_timeout',
  'channel_binding',
] as const;
export type Parameter = (typeof parameters)[number];
export type Parameters = Partial<Record<Parameter, string>>;

/** libpq's parameters that change nothing for us: accepted so that a URL that works elsewhere works here. */
const withoutEffect = new Set([
  'application_name', // ours says what we do
  'fallback_application_name',
  'client_encoding', // pg is UTF-8 only, pg_dump uses the database's own
  'gssencmode',
  'keepalives',
  'keepalives_idle',
  'keepalives_interval',
  'keepalives_count',
  'tcp_user_timeout',
  'sslcompression',
  'sslsni',
  'sslnegotiation',
  'target_session_attrs', // one host only, and a standby is refused anyway
  'load_balance_hosts',
]);

/** Reads a URL or a `key=value` text; empty text gives no parameter. Throws `invalid_settings`, never with a value in it. */
export function readConnectionText(text: string): Parameters {
  const scheme = /^postgres(?:ql)?:\/\//.exec(text.trim());
  const pairs = scheme ? urlPairs(text.trim().slice(scheme[0].length)) : keyValuePairs(text);
  const result: Parameters = {};
  for (const [key, value] of pairs) {
    const parameter = parameters.find((each) => each === key);
    if (parameter) result[parameter] = value;
    else if (!withoutEffect.has(key)) throw unknownParameter(key);
  }
  return result;
}

type Pair = readonly [key: string, value: string];

/** `user:password@host:port/dbname?key=value&…`, every part of it optional and percent-encoded; as libpq's own parser. */
function urlPairs(rest: string): Pair[] {
  const [beforeQuery, query] = cut(rest, '?');
  const [authority, dbname] = cut(beforeQuery, '/');
  const at = authority.lastIndexOf('@');
  const pairs: Pair[] = [];
  if (at >= 0) {
    const [user, password] = cut(authority.slice(0, at), ':');
    pairs.push(['user', decode(user, 'user')], ['password', decode(password ?? '', 'password')]);
  }
  pairs.push(...hostPairs(authority.slice(at + 1)), ['dbname', decode(dbname ?? '', 'dbname')]);
  for (const part of (query ?? '').split('&')) {
    if (part !== '') pairs.push(queryPair(part));
  }
  return pairs.filter(([, value]) => value !== '');
}

function hostPairs(text: string): Pair[] {
  if (text.includes(',')) return [['host', text]];
  const ipv6 = /^\[(?<address>[^\]]+)\](?::(?<port>.*))?$/.exec(text)?.groups;
  if (ipv6)
    return [
      ['host', ipv6['address'] ?? ''],
      ['port', ipv6['port'] ?? ''],
    ];
  const [host, port] = cut(text, ':');
  return [
    ['host', decode(host, 'host')],
    ['port', decode(port ?? '', 'port')],
  ];
}

function queryPair(part: string): Pair {
  const [rawKey, value] = cut(part, '=');
  const key = decode(rawKey, 'query');
  if (value === undefined) {
    throw invalid(`connection parameter '${key}' has no value`);
  }
  if (key === 'ssl' && value === 'true') return ['sslmode', 'require']; // libpq's bow to JDBC
  return [key, decode(value, key)];
}

function cut(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(
      `the ${what} part of the connection URL is not percent-encoded UTF-8`,
      `write a '%' as '%25'`,
    );
  }
}

/** `key = value 'quoted value'`: a backslash escapes, blanks around `=` are allowed. */
function keyValuePairs(text: string): Pair[] {
  const pattern =
    /\s*(?<key>[^\s=]+)\s*=\s*(?:'(?<quoted>(?:[^'\\]|\\.)*)'(?=\s|$)|(?<plain>(?:[^\s'\\]|\\.)(?:[^\s\\]|\\.)*)?(?=\s|$))/gsy;
  const pairs: Pair[] = [];
  let end = 0;
  for (const match of text.trimEnd().matchAll(pattern)) {
    const { key = '', quoted, plain = '' } = match.groups ?? {};
    pairs.push([key, (quoted ?? plain).replace(/\\(.)/gs, '$1')]);
    end = match.index + match[0].length;
  }
  if (end === text.trimEnd().length) return pairs;
  const last = pairs.at(-1)?.[0];
  throw invalid(
    `the connection text is not 'key=value …'${last === undefined ? '' : ` after '${last}'`}`,
    `a value with blanks stands in single quotes, ' and \\ in it are escaped by \\; a URL begins with postgres://`,
  );
}

function unknownParameter(key: string): BackupError {
  const near = nearestName(key, parameters);
  return invalid(
    `connection parameter '${key}' is unknown`,
    near === undefined ? `allowed: ${parameters.join(', ')}` : `did you mean '${near}'?`,
  );
}

function invalid(
  message: string,
  hint = `postgres://user@host:port/database?sslmode=…`,
): BackupError {
  return new BackupError('invalid_settings', message, { hint });
}

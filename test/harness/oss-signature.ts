import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from './oss-refusal.ts';

interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
}

export interface Known {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly region: string;
  /** The server's clock. */
  readonly now: () => number;
}

/** Throws what OSS answers where a request is not signed by version 4, or wrongly, or at another time. */
export function requireSignature(request: SignedRequest, known: Known): void {
  const { authorization = '', 'x-oss-date': date = '' } = request.headers as Record<string, string>;
  const parts =
    /^OSS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/oss\/aliyun_v4_request,(?:AdditionalHeaders=([^,]*),)?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  if (!parts) throw new Refusal(403, 'AccessDenied', 'the request is not signed by version 4');
  const [, key, day = '', region = '', additional = '', signature] = parts;
  if (key !== known.accessKeyId) throw new Refusal(403, 'InvalidAccessKeyId');
  requireTime(date, day, known.now());
  if (region !== known.region) throw new Refusal(403, 'SignatureDoesNotMatch', 'another region');
  const text = stringToSign(request, {
    date,
    scope: `${day}/${region}/oss/aliyun_v4_request`,
    additional,
  });
  if (signature !== sign(text, day, known)) throw new Refusal(403, 'SignatureDoesNotMatch');
}

function requireTime(date: string, day: string, now: number): void {
  const time = Date.parse(
    date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
  );
  if (Number.isNaN(time) || !date.startsWith(day))
    throw new Refusal(403, 'AccessDenied', 'no date');
  if (Math.abs(now - time) > 15 * 60_000) throw new Refusal(403, 'RequestTimeTooSkewed');
}

function stringToSign(
  { method, url, headers }: SignedRequest,
  { date, scope, additional }: { date: string; scope: string; additional: string },
): string {
  const more = additional === '' ? [] : additional.split(';');
  const names = Object.keys(headers)
    .filter((name) => /^(content-type|content-md5|x-oss-.*)$/.test(name) || more.includes(name))
    .sort();
  const query = [...url.searchParams]
    .map(([name, value]) => [encode(name), value === '' ? '' : `=${encode(value)}`].join(''))
    .sort();
  const canonical = [
    method,
    encode(decodeURIComponent(url.pathname)).replaceAll('%2F', '/'),
    query.join('&'),
    names.map((name) => `${name}:${String(headers[name]).trim()}\n`).join(''),
    additional,
    String(headers['x-oss-content-sha256']),
  ].join('\n');
  const digest = createHash('sha256').update(canonical).digest('hex');
  return ['OSS4-HMAC-SHA256', date, scope, digest].join('\n');
}

function sign(text: string, day: string, { accessKeySecret, region }: Known): string {
  const chain = [day, region, 'oss', 'aliyun_v4_request'].reduce<Buffer | string>(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    `aliyun_v4${accessKeySecret}`,
  );
  return createHmac('sha256', chain).update(text).digest('hex');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

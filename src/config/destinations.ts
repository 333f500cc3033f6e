import { isIP } from 'node:net';
import { isDatabaseName } from '../domain/backup-name.ts';
import { words, type Part } from '../domain/words.ts';
import type { Secret } from '../secret.ts';
import { oss } from './oss.ts';
import { readTree } from './read-tree.ts';
import { s3 } from './s3.ts';
import type { Tree, Values } from './schema.ts';
import { oneOf, text } from './setting.ts';
import { fromFile, invalid, isObject } from './sources.ts';

export interface S3Settings extends Omit<Values<typeof s3>, 'bucket'> {
  readonly name: string;
  readonly type: 's3';
  readonly bucket: string;
}

export interface OssSettings extends Omit<Values<typeof oss>, 'bucket'> {
  readonly name: string;
  readonly type: 'oss';
  readonly bucket: string;
  /** `cn-hangzhou` */
  readonly region: string;
  /** With its protocol. */
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: Secret;
}

/** One cloud destination. */
export type DestinationSettings = S3Settings | OssSettings;

interface General {
  readonly s3: Values<typeof s3>;
  readonly oss: Values<typeof oss>;
}

const about = {
  name: text({ environment: '', fallback: null, help: 'Name of the destination' }),
  type: oneOf(['s3', 'oss'], { environment: '', fallback: 's3', help: 'What it is' }),
};
const s3Tree = { ...about, ...s3 } satisfies Tree;
const ossTree = { ...about, ...oss } satisfies Tree;

/** What `destinations` may be, for the documents. */
export const destinationsHelp = `Further destinations, each with 'name', 'type' (s3, oss) and what is listed under that type`;

/** The cloud destinations: `s3` and `oss` where their bucket is set, then those that are listed in the file. */
export function readDestinations(
  general: General,
  listed: unknown,
  directory: string,
): readonly DestinationSettings[] {
  const destinations = [
    ...(general.s3.bucket === null ? [] : [s3Settings('s3', 's3', general.s3)]),
    ...(general.oss.bucket === null ? [] : [ossSettings('oss', 'oss', general.oss)]),
    ...listedDestinations(listed, directory),
  ].map((destination) => Object.freeze(destination));
  const twice = destinations.find(
    ({ name }, index) => destinations.findIndex((other) => other.name === name) < index,
  );
  if (twice === undefined) return Object.freeze(destinations);
  throw invalid(
    `two destinations are named '${twice.name}'`,
    `give one of them another 'name'; those of the environment are 's3' and 'oss'`,
  );
}

/** What goes over the network for everybody to read, one line each. */
export function openEndpoints(destinations: readonly DestinationSettings[]): Part[] {
  return destinations.flatMap(({ name, endpoint }) =>
    endpoint === null || !isOpen(new URL(endpoint))
      ? []
      : [words('warning.openEndpoint', { destination: name })],
  );
}

function listedDestinations(listed: unknown, directory: string): DestinationSettings[] {
  if (listed === undefined || listed === null) return [];
  if (!Array.isArray(listed)) {
    throw invalid(`setting 'destinations' must be a list`, `begin each with '- name: …'`);
  }
  return listed.map((entry: unknown, index) => {
    const place = `destinations[${index}]`;
    if (!isObject(entry)) throw invalid(`setting '${place}' must hold 'name', 'bucket', …`);
    const read = <T extends Tree>(tree: T): Values<T> => {
      const written = fromFile(entry, { tree, directory, prefix: `${place}.` });
      return readTree(tree, (key) => written.get(`${place}.${key}`));
    };
    if (entry['type'] === 'oss') {
      const { name, ...values } = read(ossTree);
      return ossSettings(requireName(name, place), place, values);
    }
    const { name, ...values } = read(s3Tree);
    return s3Settings(requireName(name, place), place, values);
  });
}

function s3Settings(name: string, place: string, values: General['s3']): S3Settings {
  const { bucket, accessKeyId, secretAccessKey } = values;
  if (bucket === null) throw missing(`${place}.bucket`);
  if ((accessKeyId === null) !== (secretAccessKey === null)) {
    throw missing(
      `${place}.${accessKeyId === null ? 'accessKeyId' : 'secretAccessKey'}`,
      `set both parts of the key, or none where the machine has a role`,
    );
  }
  return { ...values, name, type: 's3', bucket };
}

function ossSettings(name: string, place: string, values: General['oss']): OssSettings {
  const { bucket, accessKeyId, accessKeySecret } = values;
  if (bucket === null) throw missing(`${place}.bucket`);
  if (accessKeyId === null) throw missing(`${place}.accessKeyId`);
  if (accessKeySecret === null) throw missing(`${place}.accessKeySecret`);
  const region = regionOf(values);
  if (region === undefined) {
    throw missing(`${place}.region`, `such as 'cn-hangzhou'; it is not part of the endpoint`);
  }
  const host = values.endpoint ?? `oss-${region}.aliyuncs.com`;
  const endpoint = /^https?:\/\//.test(host) ? host : `https://${host}`;
  if (!URL.canParse(endpoint)) {
    throw invalid(`setting '${place}.endpoint' must be a host or a URL, got '${host}'`);
  }
  const key = { accessKeyId, accessKeySecret };
  return { ...values, name, type: 'oss', bucket, region, endpoint, ...key };
}

function regionOf({ region, endpoint }: General['oss']): string | undefined {
  if (region !== null) return region.replace(/^oss-/, '');
  const host = /(?:^|[./])oss-([a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com/;
  return host.exec(endpoint ?? '')?.[1];
}

// What they mean when a destination is asked for.
const reserved = ['local', 'farthest'];

function requireName(name: string | null, place: string): string {
  if (name !== null && isDatabaseName(name) && !reserved.includes(name)) return name;
  const got = name === null ? '' : `, got '${name}'`;
  throw invalid(
    `setting '${place}.name' must be small letters, digits and '-', and not ${reserved.map((each) => `'${each}'`).join(' or ')}${got}`,
    `copies are found by it for as long as they are kept`,
  );
}

function missing(place: string, hint?: string) {
  return invalid(`setting '${place}' is missing`, hint);
}

function isOpen({ protocol, hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  const isLoopback =
    host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  return protocol === 'http:' && !isLoopback;
}

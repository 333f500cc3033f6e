import { isIP } from 'node:net';
import { isDatabaseName } from '../domain/backup-name.ts';
import { readTree } from './read-tree.ts';
import type { Tree, Values } from './schema.ts';
import { s3 } from './s3.ts';
import { oneOf, text } from './setting.ts';
import { fromFile, invalid, isObject } from './sources.ts';

/** One cloud destination. */
export interface DestinationSettings extends Omit<Values<typeof s3>, 'bucket'> {
  readonly name: string;
  readonly type: 's3';
  readonly bucket: string;
}

/** With its place in the settings, for errors. */
interface Placed {
  readonly place: string;
  readonly destination: DestinationSettings;
}

const entryTree = {
  name: text({ environment: '', fallback: null, help: 'Name of the destination' }),
  type: oneOf(['s3'], { environment: '', fallback: 's3', help: 'What it is' }),
  ...s3,
} satisfies Tree;

/** What `destinations` may be, for the documents. */
export const destinationsHelp = `Further destinations, each with 'name' and what is listed under \`s3\``;

/** The cloud destinations: \`s3\` where its bucket is set, then those that are listed in the file. */
export function readDestinations(
  general: Values<typeof s3>,
  listed: unknown,
  directory: string,
): readonly DestinationSettings[] {
  const { bucket } = general;
  const simple: Placed[] =
    bucket === null
      ? []
      : [{ place: 's3', destination: { name: 's3', type: 's3', ...general, bucket } }];
  const all = [...simple, ...listedDestinations(listed, directory)];
  all.forEach(requireWholeKey);
  const destinations = all.map(({ destination }) => Object.freeze(destination));
  const twice = destinations.find(
    ({ name }, index) => destinations.findIndex((other) => other.name === name) < index,
  );
  if (twice === undefined) return Object.freeze(destinations);
  throw invalid(
    `two destinations are named '${twice.name}'`,
    `give one of them another 'name'; the one of AWS_S3_BUCKET is 's3'`,
  );
}

/** What goes over the network for everybody to read, one line each. */
export function openEndpoints(destinations: readonly DestinationSettings[]): string[] {
  return destinations.flatMap(({ name, endpoint }) =>
    endpoint === null || !isOpen(new URL(endpoint))
      ? []
      : [`destination '${name}' is reached by http://: backups and key go there unencrypted`],
  );
}

function listedDestinations(listed: unknown, directory: string): Placed[] {
  if (listed === undefined || listed === null) return [];
  if (!Array.isArray(listed)) {
    throw invalid(`setting 'destinations' must be a list`, `begin each with '- name: …'`);
  }
  return listed.map((entry: unknown, index) => {
    const place = `destinations[${index}]`;
    if (!isObject(entry)) throw invalid(`setting '${place}' must hold 'name', 'bucket', …`);
    const written = fromFile(entry, { tree: entryTree, directory, prefix: `${place}.` });
    const { name, bucket, ...rest } = readTree(entryTree, (key) => written.get(`${place}.${key}`));
    if (bucket === null) throw invalid(`setting '${place}.bucket' is missing`);
    return { place, destination: { ...rest, bucket, name: requireName(name, place) } };
  });
}

function requireName(name: string | null, place: string): string {
  if (name !== null && isDatabaseName(name) && name !== 'local') return name;
  const got = name === null ? '' : `, got '${name}'`;
  throw invalid(
    `setting '${place}.name' must be small letters, digits and '-', and not 'local'${got}`,
    `copies are found by it for as long as they are kept`,
  );
}

function requireWholeKey({ place, destination }: Placed): void {
  const { accessKeyId, secretAccessKey } = destination;
  if ((accessKeyId === null) === (secretAccessKey === null)) return;
  const [there, lacking] =
    accessKeyId === null ? ['secretAccessKey', 'accessKeyId'] : ['accessKeyId', 'secretAccessKey'];
  throw invalid(
    `setting '${place}.${there}' is there, but '${place}.${lacking}' is missing`,
    `set both, or none where the machine has a role`,
  );
}

function isOpen({ protocol, hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  const isLoopback =
    host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  return protocol === 'http:' && !isLoopback;
}

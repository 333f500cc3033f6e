import { z } from 'zod';
import { isDatabaseName } from '../domain/backup-name.ts';
import { severities, type Severity } from '../domain/alarm.ts';
import { channelTypes, type ChannelType } from '../domain/notice.ts';
import type { Secret } from '../secret.ts';
import { address, hidden, type alerts } from './alerts.ts';
import { readTree } from './read-tree.ts';
import type { Tree, Values } from './schema.ts';
import { define, oneOf, text } from './setting.ts';
import { fromFile, invalid, isObject } from './sources.ts';

/** One way to reach people. */
export interface ChannelSettings {
  readonly name: string;
  readonly type: ChannelType;
  readonly url: Secret;
  readonly secret: Secret | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly databases: readonly string[];
  readonly severity: Severity;
}

const channelTree = {
  name: text({ environment: '', fallback: null, help: 'Name of the channel' }),
  type: oneOf(channelTypes, { environment: '', fallback: 'webhook', help: 'What it is' }),
  url: hidden('', 'Where messages go'),
  secret: hidden('', 'What messages are signed with'),
  from: address('', 'Sender of mails'),
  to: address('', 'Who gets them'),
  databases: define<readonly string[]>(
    { environment: '', fallback: Object.freeze([]), help: 'Databases that it is about' },
    { type: z.array(z.string().refine(isDatabaseName)).readonly(), allowed: 'a list of databases' },
  ),
  severity: oneOf([...severities, 'as general'], {
    environment: '',
    fallback: 'as general',
    help: 'The least that is told',
  }),
} satisfies Tree;

/** What `alerts.channels` may be, for the documents. */
export const channelsHelp = `Further channels, each with 'name', 'type' (${channelTypes.join(', ')}), 'url', and if needed 'secret', 'from', 'to', 'databases', 'severity'`;

/** The content of the file without the list of channels, which is read on its own as that of the databases is. */
export function withoutChannels(content: Record<string, unknown>): {
  readonly content: Record<string, unknown>;
  readonly channels: unknown;
} {
  const { alerts: section } = content;
  if (!isObject(section)) return { content, channels: undefined };
  const { channels, ...rest } = section;
  return { content: { ...content, alerts: rest }, channels };
}

/** The channels of the simple settings, then those that are listed in the file. */
export function readChannels(
  general: Values<typeof alerts>,
  listed: unknown,
  directory: string,
): readonly ChannelSettings[] {
  const channels = [...simpleChannels(general), ...listedChannels(general, listed, directory)];
  const twice = channels.find(
    ({ name }, index) => channels.findIndex((other) => other.name === name) < index,
  );
  if (twice === undefined) return Object.freeze(channels);
  throw invalid(`two channels are named '${twice.name}'`, `give one of them another 'name'`);
}

function simpleChannels({ severity, ...given }: Values<typeof alerts>): ChannelSettings[] {
  const types = ['webhook', 'mail', 'ping'] as const;
  return types.flatMap((type) => {
    const { url, ...rest } = given[type];
    if (url === null) return [];
    const channel = { ...noChannel, ...rest, name: type, type, url, severity };
    requireAddresses(channel, `alerts.${type}`);
    return [channel];
  });
}

const noChannel = { secret: null, from: null, to: null, databases: [] };

function listedChannels(
  general: Values<typeof alerts>,
  listed: unknown,
  directory: string,
): ChannelSettings[] {
  if (listed === undefined || listed === null) return [];
  if (!Array.isArray(listed)) {
    throw invalid(
      `setting 'alerts.channels' must be a list`,
      `begin each channel with '- type: …'`,
    );
  }
  return listed.map((entry: unknown, index) => {
    const prefix = `alerts.channels[${index}].`;
    if (!isObject(entry))
      throw invalid(`setting '${prefix.slice(0, -1)}' must hold 'type', 'url', …`);
    const written = fromFile(entry, { tree: channelTree, directory, prefix });
    const { name, url, severity, ...rest } = readTree(channelTree, (key) =>
      written.get(`${prefix}${key}`),
    );
    if (url === null) throw invalid(`setting '${prefix}url' is missing`);
    const channel = {
      ...rest,
      ...{ name: name ?? rest.type, url },
      severity: severity === 'as general' ? general.severity : severity,
    };
    requireAddresses(channel, prefix.slice(0, -1));
    return channel;
  });
}

function requireAddresses({ type, from, to }: ChannelSettings, place: string): void {
  if (type !== 'mail') return;
  if (from === null) throw invalid(`setting '${place}.from' is missing`, 'who sends the mails?');
  if (to === null) throw invalid(`setting '${place}.to' is missing`, 'who gets the mails?');
}

import path from 'node:path';
import type { DestinationSettings, Settings } from '../../config.ts';
import type { BackupSummary } from '../../domain/backup.ts';
import { restoredFiles, type Manifest } from '../../domain/manifest.ts';
import { restoreByHand } from '../restore-by-hand.ts';
import { recoveryTexts, type RecoveryTexts } from './recovery-texts.ts';
import type { ReportLanguage } from './texts.ts';

export interface RecoverableDatabase {
  readonly database: string;
  readonly newest: {
    readonly summary: BackupSummary;
    readonly manifest: Manifest;
    readonly copies: BackupSummary['copies'];
  } | null;
}

export interface RecoveryPage {
  readonly settings: Settings;
  readonly databases: readonly RecoverableDatabase[];
  readonly madeAt: string;
  readonly host: string;
}

/** All that somebody needs who has this page, the keys, and nothing of ours. Holds no secret. */
export function recoveryPage(
  { settings, databases, madeAt, host }: RecoveryPage,
  language: ReportLanguage,
): string {
  const texts = recoveryTexts[language];
  return `${[
    `# ${texts.title(host)}`,
    texts.made(madeAt),
    `## ${texts.where}`,
    places(settings, texts).join('\n'),
    `## ${texts.keys}`,
    keys(settings, texts).join('\n'),
    `## ${texts.withUs}`,
    texts.withUsLead,
    block([
      'pma-backup catalog rebuild',
      'pma-backup list',
      'pma-backup restore latest --to postgres://USER@HOST/NEW_NAME --create',
    ]),
    `## ${texts.withoutUs}`,
    texts.withoutUsLead,
    ...databases.flatMap((each) => byHand(each, settings, texts)),
  ].join('\n\n')}\n`;
}

function places({ location, destinations }: Settings, texts: RecoveryTexts): string[] {
  return [
    `- ${texts.local(code(location))}`,
    ...destinations.map((destination) => {
      const { name, type, bucket, prefix, region, endpoint, accessKeyId } = destination;
      const known: [string, string | null][] = [
        [texts.facts.prefix, prefix],
        [texts.facts.region, region],
        [texts.facts.endpoint, endpoint],
        [texts.facts.accessKey, accessKeyId],
      ];
      const facts = known.flatMap(([what, value]) =>
        value === null ? [] : `${what} ${code(value)}`,
      );
      return `- ${texts.bucket(name, type, code(bucket), facts)}`;
    }),
  ];
}

function keys({ destinations, encryption }: Settings, texts: RecoveryTexts): string[] {
  const { recipients, passphrase } = encryption;
  return [
    ...destinations.map(({ name }) => `- ${texts.secretOf(name)}${texts.kept}`),
    ...recipients.map((key) => `- ${texts.privateKeyOf(code(key))}${texts.kept}`),
    ...(recipients.length === 0 && passphrase ? [`- ${texts.passphrase}${texts.kept}`] : []),
    `- ${texts.superuser}`,
  ];
}

function byHand(
  { database, newest }: RecoverableDatabase,
  settings: Settings,
  texts: RecoveryTexts,
): string[] {
  const title = `### ${texts.database(database)}`;
  if (!newest) return [title, texts.noBackup];
  const { summary, manifest, copies } = newest;
  const { id, source, artifact, snapshotAt: at } = manifest;
  const files = restoredFiles(manifest);
  const { encoding, collate } = source.properties;
  const major = Math.floor(source.server.version / 10_000);
  return [
    title,
    texts.holds(code(id), { at, bytes: artifact.bytes, major }),
    texts.fetch(files.map(({ file }) => code(file))),
    ...copies.map((copy) => block(fetching(copy, files, settings.destinations))),
    texts.unpack(code(`--encoding=${encoding} --locale=${collate}`)),
    block([
      ...files.map(({ file, sha256 }) => `echo '${sha256}  ${file}' | sha256sum --check`),
      ...restoreByHand(summary, artifact.file, artifact.readers),
    ]),
    texts.after(id),
  ];
}

function fetching(
  { destination, uri }: BackupSummary['copies'][number],
  files: readonly { readonly file: string }[],
  destinations: readonly DestinationSettings[],
): string[] {
  const settings = destinations.find(({ name }) => name === destination);
  const option = (name: string, value: string | null) =>
    value === null ? '' : ` ${name} ${value}`;
  const place = uri.slice(0, uri.length - path.basename(uri).length);
  return files.map(({ file }) => {
    if (!settings) return `cp '${place}${file}' .`;
    const { region, endpoint } = settings;
    return settings.type === 'oss'
      ? `ossutil cp '${place}${file}' .${option('-e', endpoint)}`
      : `aws s3 cp '${place}${file}' .${option('--endpoint-url', endpoint)}${option('--region', region)}`;
  });
}

function block(lines: readonly string[]): string {
  return ['```sh', ...lines, '```'].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

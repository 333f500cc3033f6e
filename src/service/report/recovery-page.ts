import path from 'node:path';
import type { DestinationSettings, Settings } from '../../config.ts';
import type { BackupSummary } from '../../domain/backup.ts';
import { storedFiles, type Manifest } from '../../domain/manifest.ts';
import { restoreByHand } from '../restore-by-hand.ts';

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
export function recoveryPage({ settings, databases, madeAt, host }: RecoveryPage): string {
  return `${[
    `# Recovery kit of PMA Backup on ${host}`,
    `Made ${madeAt}. Print it, and keep it where you find it when this machine is gone, with the keys\nthat it names. There are no secrets in it.`,
    '## Where the backups are',
    places(settings).join('\n'),
    '## Which keys you need',
    keys(settings).join('\n'),
    '## With PMA Backup, on a new machine',
    'Give it the same settings and the keys above, and then:',
    block([
      'pma-backup catalog rebuild',
      'pma-backup list',
      'pma-backup restore latest --to postgres://USER@HOST/NEW_NAME --create',
    ]),
    '## Without it',
    'You need `tar`, `zstd` (or `gzip`), the PostgreSQL programs, and `age` where the name ends in `.age`.\nThe newest backup is the one with the last time in its name; the commands are those of the newest\none when this page was made.',
    ...databases.flatMap((each) => byHand(each, settings)),
  ].join('\n\n')}\n`;
}

function places({ location, destinations }: Settings): string[] {
  return [
    `- local: the directory \`${location}\``,
    ...destinations.map((destination) => {
      const { name, type, bucket, prefix, region, endpoint, accessKeyId } = destination;
      const known: [string, string | null][] = [
        ['prefix', prefix],
        ['region', region],
        ['endpoint', endpoint],
        ['access key', accessKeyId],
      ];
      const facts = known.flatMap(([what, value]) =>
        value === null ? [] : `${what} \`${value}\``,
      );
      return `- ${name}: ${[`the ${type} bucket \`${bucket}\``, ...facts].join(', ')}`;
    }),
  ];
}

function keys({ destinations, encryption }: Settings): string[] {
  const { recipients, passphrase } = encryption;
  return [
    ...destinations.map(
      ({ name }) => `- the secret of the access key of ${name}: kept at ________`,
    ),
    ...recipients.map(
      (key) => `- the private key of \`${key}\`, or of another one here: kept at ________`,
    ),
    ...(recipients.length === 0 && passphrase ? ['- the passphrase: kept at ________'] : []),
    '- the password of a superuser on the server that shall hold the database',
  ];
}

function byHand({ database, newest }: RecoverableDatabase, settings: Settings): string[] {
  const title = `### Database ${database}`;
  if (!newest) return [title, 'There was no proven full backup yet.'];
  const { summary, manifest, copies } = newest;
  const { id, source, artifact } = manifest;
  const files = storedFiles(manifest);
  const { encoding, collate } = source.properties;
  return [
    title,
    `\`${id}\` holds the database as of ${manifest.snapshotAt}, ${artifact.bytes} bytes, from PostgreSQL ${Math.floor(source.server.version / 10_000)}.`,
    `Fetch ${files.map(({ file }) => `\`${file}\``).join(' and ')} with one of these:`,
    ...copies.map((copy) => block(fetching(copy, files, settings.destinations))),
    'Compare, unpack and restore; `createdb` also needs encoding and locale ' +
      `(\`--encoding=${encoding} --locale=${collate}\`):`,
    block([
      ...files.map(({ file, sha256 }) => `echo '${sha256}  ${file}' | sha256sum --check`),
      ...restoreByHand(summary, artifact.file),
    ]),
    `Where \`${id}/verify\` was unpacked, \`globals.sql\` in it makes the roles (before the last command), and\n\`database.sql\` gives the database its owner and settings.`,
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

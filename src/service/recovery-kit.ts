import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { isUsable } from '../domain/backup.ts';
import { words, type Part } from '../domain/words.ts';
import type { Settings } from '../config.ts';
import { asWriteError, unlessMissing, writeFileDurably } from '../system/files.ts';
import { recoveryPage, type RecoverableDatabase } from './report/recovery-page.ts';
import type { ReportLanguage } from './report/texts.ts';
import { showBackup } from './show-backup.ts';
import type { World } from './world.ts';

/** What was printed last, so that we can say when it does not hold any more. */
interface PrintedKit {
  readonly madeAt: string;
  /** Of the settings that stand in it. */
  readonly fingerprint: string;
}

/** Gives the page in a language, and remembers that it was made. With `file` the page is written there, too. */
export async function makeRecoveryKit(
  { catalog, settings }: Pick<World, 'catalog' | 'settings'>,
  { file, language }: { readonly file?: string | undefined; readonly language: ReportLanguage },
): Promise<{ readonly madeAt: string; readonly page: string }> {
  const madeAt = new Date().toISOString();
  const databases: RecoverableDatabase[] = [];
  for (const { name } of settings.databases) databases.push(await newestOf({ catalog }, name));
  const page = recoveryPage({ settings, databases, madeAt, host: hostname() }, language);
  if (file !== undefined) await writePage(path.resolve(file), page);
  const kit: PrintedKit = { madeAt, fingerprint: fingerprintOf(settings) };
  await writeFileDurably(kitFile(settings), JSON.stringify(kit));
  return { madeAt, page };
}

async function writePage(file: string, page: string): Promise<void> {
  const directory = path.dirname(file);
  await mkdir(directory, { recursive: true }).catch((error: unknown) => {
    throw asWriteError(directory, error);
  });
  await writeFileDurably(file, page);
}

const day = 24 * 3600 * 1000;
const oldestDays = 180;

/** Why the page that was printed last does not hold any more; null: it holds. */
export async function recoveryKitIsStale(
  settings: Settings,
  now = new Date(),
): Promise<Part | null> {
  const text = await unlessMissing(readFile(kitFile(settings), 'utf8'));
  if (text === undefined) return words('recoveryKit.none');
  const { madeAt, fingerprint } = JSON.parse(text) as PrintedKit;
  if (fingerprint !== fingerprintOf(settings)) {
    return words('recoveryKit.changed', { madeAt });
  }
  const days = Math.floor((now.getTime() - Date.parse(madeAt)) / day);
  return days > oldestDays ? words('recoveryKit.old', { days }) : null;
}

/** The newest full that is proven and can be read; without one there is nothing to tell but that. */
async function newestOf(
  { catalog }: Pick<World, 'catalog'>,
  database: string,
): Promise<RecoverableDatabase> {
  const full = { kind: 'full', module: null, states: ['proven'] } as const;
  const newest = await catalog.newest({ database, ...full });
  if (!newest) return { database, newest: null };
  const { summary, manifest } = await showBackup({ catalog }, { backup: newest.id });
  const copies = summary.copies.filter(isUsable);
  return { database, newest: manifest && { summary, manifest, copies } };
}

/** No secret is in it, and none in the page: who finds the page has no key by it. */
function fingerprintOf(settings: Settings): string {
  const { databases, destinations, encryption, location } = settings;
  const content = [
    location,
    databases.map(({ name }) => name),
    destinations.map(({ name, type, bucket, prefix, region, endpoint }) =>
      [name, type, bucket, prefix, region, endpoint].map(String),
    ),
    encryption.recipients,
    encryption.passphrase !== null,
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

function kitFile({ stateDirectory }: Settings): string {
  return path.join(stateDirectory, 'recovery-kit.json');
}

import type { Settings } from '../config.ts';
import { words } from '../domain/words.ts';
import { BackupError } from '../errors.ts';
import { checkChannels, tryChannels } from './doctor/alerts.ts';
import { checkCatalog } from './doctor/catalog.ts';
import { look, type Check } from './doctor/check.ts';
import { examineDatabase, type ExaminedDatabase } from './doctor/database.ts';
import { checkDestination } from './doctor/destinations.ts';
import { checkEncryption } from './doctor/encryption.ts';
import { checkStoredKeys } from './doctor/stored-keys.ts';
import { checkRecoveryKit } from './doctor/recovery-kit.ts';
import { checkFreeSpace, checkWritable } from './doctor/directories.ts';
import {
  checkClientProgram,
  checkServerPrograms,
  checkSystemProgram,
  clientPrograms,
  systemPrograms,
} from './doctor/programs.ts';
import { backupRole, leastPrivilegeSql } from './doctor/grants.ts';
import { examineScratchServer } from './doctor/scratch.ts';
import { checkSettings } from './doctor/settings.ts';
import { checkSchedules, checkTemporal } from './doctor/temporal.ts';
import { withSampleDatabase } from './sample.ts';
import type { Parts } from './service-file.ts';
import { runningService } from './world.ts';

export interface ExamineOptions {
  /** Throws `invalid_settings`. */
  readonly settings: () => Settings;
  readonly signal: AbortSignal;
  /** Send every channel a test message. */
  readonly alerts?: boolean;
  /** Called as each check is done: some take seconds. */
  readonly onCheck?: (check: Check) => void;
}

/**
 * The SQL that makes a role for the backups of these databases with the least rights. Throws `invalid_settings`, and what
 * connecting throws.
 */
export async function grantsFor(settings: Settings, signal: AbortSignal): Promise<string> {
  const running = await runningService(settings);
  const all = withSampleDatabase(settings, running?.sample ?? null);
  return leastPrivilegeSql(all, backupRole, signal);
}

/**
 * Looks for everything that would keep a backup from working, without a running service and without changing anything.
 * Every problem is a check in the result; throws only when the signal is aborted.
 */
export async function examine(options: ExamineOptions): Promise<Check[]> {
  const { settings, signal, alerts = false, onCheck } = options;
  const checks: Check[] = [];
  const add = (...found: readonly Check[]) => {
    checks.push(...found);
    for (const check of found) onCheck?.(check);
  };
  let read: Settings | undefined;
  add(await look(words('check.settings'), signal, () => checkSettings((read = settings()))));
  for await (const check of examinePrograms(signal)) add(check);
  if (read) {
    const channels = read;
    add(await look(words('check.alerts'), signal, () => checkChannels(channels)));
    if (alerts) add(...(await tryChannels(channels, signal)));
    await examineWorld(read, signal, add);
  }
  if (signal.aborted) throw new BackupError('cancelled', 'cancelled');
  return checks;
}

async function* examinePrograms(signal: AbortSignal): AsyncGenerator<Check> {
  for (const program of clientPrograms) {
    yield look(words('check.program', { program }), signal, () => checkClientProgram(program));
  }
  yield look(words('check.serverPrograms'), signal, checkServerPrograms);
  for (const program of systemPrograms()) {
    const name = words('check.program', { program });
    yield look(name, signal, () => checkSystemProgram(program, signal));
  }
}

type Add = (...found: readonly Check[]) => void;

async function examineWorld(settings: Settings, signal: AbortSignal, add: Add): Promise<void> {
  const { stateDirectory, location } = settings;
  const atState = () => checkWritable(stateDirectory);
  const state = await look(words('check.stateDirectory'), signal, atState);
  add(state, await look(words('check.location'), signal, () => checkWritable(location)));
  const running = state.state === 'ok' ? await runningService(settings) : undefined;
  const databases = await examineDatabases(settings, running, signal, add);
  const bytes = databases.flatMap((each) => each.bytes ?? []);
  for (const directory of new Set([stateDirectory, location])) {
    const space = () => checkFreeSpace(directory, bytes);
    add(await look(words('check.freeSpace'), signal, space));
  }
  const encryption = () => checkEncryption(settings.encryption);
  add(await look(words('check.encryption'), signal, encryption));
  add(await look(words('check.recoveryKit'), signal, () => checkRecoveryKit(settings)));
  for (const destination of settings.destinations) {
    const name = words('check.destination', { destination: destination.name });
    add(await look(name, signal, () => checkDestination(destination)));
  }
  const inCatalog = () => checkCatalog(settings, running, signal);
  const catalog = await look(words('check.catalog'), signal, inCatalog);
  add(catalog);
  if (catalog.state === 'ok') {
    const stored = () => checkStoredKeys(settings, running, signal);
    add(await look(words('check.storedKeys'), signal, stored));
  }
  const temporal = await look(words('check.temporal'), signal, () =>
    checkTemporal(settings, running),
  );
  add(temporal);
  if (temporal.state === 'ok') {
    const schedules = () => checkSchedules(settings, running);
    add(await look(words('check.schedules'), signal, schedules));
  }
  add(...(await examineScratchServer(settings, databases, signal)));
}

async function examineDatabases(
  settings: Settings,
  running: Parts | undefined,
  signal: AbortSignal,
  add: Add,
): Promise<ExaminedDatabase[]> {
  const examined: ExaminedDatabase[] = [];
  const { databases } = withSampleDatabase(settings, running?.sample ?? null);
  const ours = [settings.catalog, settings.verify, running?.catalog ?? null];
  const named = [...databases.map(({ connection }) => connection), ...ours].flatMap(
    (connection) => connection?.database ?? [],
  );
  for (const database of databases) {
    const one = await examineDatabase(database, signal, named);
    add(...one.checks);
    examined.push(one);
  }
  return examined;
}

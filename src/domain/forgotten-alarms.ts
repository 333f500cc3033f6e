/** What the settings name. */
export interface NamedInSettings {
  readonly databases: readonly { readonly name: string; readonly modules: readonly string[] }[];
  /** `local` is always one of them. */
  readonly destinations: readonly string[];
}

/**
 * Whether an alarm is about a database, a module or a destination that is in the settings no more: nothing is done there
 * that could ever say that it is over. Stored copies of a database that is gone are checked as before, so theirs stay.
 */
export function isOfNothingNamed(key: string, named: NamedInSettings): boolean {
  const [type = '', name = '', third, module] = key.split(':');
  const database = named.databases.find((each) => each.name === name);
  if (type === 'backup')
    return !database || (module !== undefined && !database.modules.includes(module));
  if (type === 'copy') return third !== undefined && !named.destinations.includes(third);
  // Without a name it is about all databases.
  return ofOneDatabase.has(type) && name !== '' && !database;
}

const ofOneDatabase = new Set([
  ...['backup-start', 'proof', 'check'],
  ...['cleanup-failed', 'cleanup-stopped', 'cleanup-refused'],
]);

import type { World } from './world.ts';

/** What the settings say of one database, as far as people choose by it. */
export interface DatabaseSettings {
  readonly name: string;
  readonly modules: readonly string[];
  /** Hours that its newest proven backup may be old; 0: as old as it likes. */
  readonly objectiveHours: number;
}

/** The databases of the settings. */
export function listDatabases({ settings }: Pick<World, 'settings'>): DatabaseSettings[] {
  return settings.databases.map(({ name, modules, objectives }) => ({
    name,
    modules: Object.keys(modules),
    objectiveHours: objectives.provenHours,
  }));
}

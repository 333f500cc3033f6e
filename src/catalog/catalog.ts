export { openCatalog } from './open.ts';
export type { BackupFilter, Catalog, NewBackup, NewRestore, OpenAlarm } from './contract.ts';

export { openCatalog } from './open.ts';
export type { BackupFilter, Catalog, NewBackup, OpenAlarm } from './contract.ts';

export { openCatalog } from './open.ts';
export type {
  BackupFilter,
  Catalog,
  CopyName,
  NewBackup,
  NewRestore,
  OpenAlarm,
} from './contract.ts';

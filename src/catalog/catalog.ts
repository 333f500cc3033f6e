export { openCatalog } from './open.ts';
export type { AuditFilter, AuditRow, Token, User } from './access-contract.ts';
export type {
  CatalogCopy,
  BackupDetail,
  BackupFilter,
  Catalog,
  CopyName,
  Measures,
  NewBackup,
  NewRestore,
  OfSeries,
  OpenAlarm,
  RunOwner,
  TurnAnswer,
} from './contract.ts';

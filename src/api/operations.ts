import type { Operation } from './operation.ts';
import { accessOperations } from './routes/access.ts';
import { backupOperations } from './routes/backups.ts';
import { documentOperations } from './routes/documents.ts';
import { downloadOperations } from './routes/downloads.ts';
import { healthOperations } from './routes/health.ts';
import { oidcOperations } from './routes/oidc.ts';
import { runOperations } from './routes/runs.ts';
import { sessionOperations } from './routes/session.ts';
import { statusOperations } from './routes/status.ts';

const working: readonly Operation[] = [
  ...sessionOperations,
  ...oidcOperations,
  ...statusOperations,
  ...backupOperations,
  ...downloadOperations,
  ...runOperations,
  ...accessOperations,
  ...healthOperations,
];

/** Everything that the API can be asked for. */
export const operations: readonly Operation[] = [...working, ...documentOperations(working)];

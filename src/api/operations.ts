import type { Operation } from './operation.ts';
import { accessOperations } from './routes/access.ts';
import { backupOperations } from './routes/backups.ts';
import { cleanupOperations } from './routes/cleanups.ts';
import { documentOperations } from './routes/documents.ts';
import { downloadOperations } from './routes/downloads.ts';
import { healthOperations } from './routes/health.ts';
import { holdOperations } from './routes/holds.ts';
import { oidcOperations } from './routes/oidc.ts';
import { restoreOperations } from './routes/restores.ts';
import { runOperations } from './routes/runs.ts';
import { scheduleOperations } from './routes/schedules.ts';
import { sessionOperations } from './routes/session.ts';
import { statusOperations } from './routes/status.ts';

const working: readonly Operation[] = [
  ...sessionOperations,
  ...oidcOperations,
  ...statusOperations,
  ...backupOperations,
  ...downloadOperations,
  ...holdOperations,
  ...runOperations,
  ...scheduleOperations,
  ...restoreOperations,
  ...cleanupOperations,
  ...accessOperations,
  ...healthOperations,
];

/** Everything that the API can be asked for. */
export const operations: readonly Operation[] = [...working, ...documentOperations(working)];

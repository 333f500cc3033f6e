import { backupCommand } from './backup.ts';
import { catalogCommand } from './catalog.ts';
import { checkCommand } from './check.ts';
import { cleanupCommand } from './cleanup.ts';
import type { DefineCommand } from './command.ts';
import { configCommand } from './config.ts';
import { doctorCommand } from './doctor.ts';
import { downloadCommand } from './download.ts';
import { holdCommand, releaseCommand } from './hold.ts';
import { importCommand } from './import.ts';
import { listCommand } from './list.ts';
import { recoveryKitCommand } from './recovery-kit.ts';
import { restoreCommand } from './restore.ts';
import { schedulesCommand } from './schedules.ts';
import { selfTestCommand } from './self-test.ts';
import { serverCommand } from './server.ts';
import { showCommand } from './show.ts';
import { statusCommand } from './status.ts';
import { upCommand } from './up.ts';
import { usersCommand } from './users.ts';
import { verifyCommand } from './verify.ts';
import { workerCommand } from './worker.ts';

/** Every command, in the order of the help. */
export const commands: readonly DefineCommand[] = [
  upCommand,
  workerCommand,
  serverCommand,
  backupCommand,
  listCommand,
  showCommand,
  statusCommand,
  verifyCommand,
  checkCommand,
  cleanupCommand,
  downloadCommand,
  holdCommand,
  releaseCommand,
  restoreCommand,
  schedulesCommand,
  importCommand,
  catalogCommand,
  recoveryKitCommand,
  doctorCommand,
  selfTestCommand,
  usersCommand,
  configCommand,
];

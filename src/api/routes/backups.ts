import { z } from 'zod';
import { withModule } from '../../config.ts';
import { backupKinds, storedKinds } from '../../domain/backup-name.ts';
import { backupStates } from '../../domain/backup.ts';
import { BackupError } from '../../errors.ts';
import { backupDetail, backupProof } from '../../service/backup-detail.ts';
import { startCheck } from '../../service/check-copies.ts';
import { startBackup } from '../../service/create-backup.ts';
import { pageBackups } from '../../service/page-backups.ts';
import { startVerify } from '../../service/verify-backup.ts';
import { backupDetail as detail, backupId, backupPage, databaseName } from '../contract.ts';
import { limit, started } from '../contract.ts';
import { operation } from '../operation.ts';

const path = '/backup/api/backups';
const one = z.object({ id: backupId });
const moduleName = databaseName;

const reading = [
  operation({
    ...{ id: 'listBackups', method: 'GET', path, tag: 'backups' },
    summary: 'Backups, newest first, a page at a time',
    needs: 'read',
    query: z.object({
      database: databaseName.exactOptional(),
      kind: z.enum(storedKinds).exactOptional(),
      module: moduleName.exactOptional(),
      state: z.enum(backupStates).exactOptional(),
      before: backupId.exactOptional().meta({ description: 'Backups older than this one' }),
      limit,
    }),
    answer: backupPage,
    run: ({ context, query: { state, ...filter } }) =>
      pageBackups(context.world, { ...filter, ...(state && { states: [state] }) }),
  }),
  operation({
    ...{ id: 'showBackup', method: 'GET', path: `${path}/{id}`, tag: 'backups' },
    summary: 'One backup with its copies and its run',
    needs: 'read',
    params: one,
    answer: detail,
    fails: [404],
    run: ({ context, params }) => backupDetail(context.world, params.id),
  }),
  operation({
    ...{ id: 'showProof', method: 'GET', path: `${path}/{id}/proof`, tag: 'backups' },
    summary: 'The report of its newest test restore, table by table',
    needs: 'read',
    params: one,
    answer: z.looseObject({ backup: z.string(), state: z.string() }).meta({ id: 'Proof' }),
    fails: [404],
    run: async ({ context, params }) => ({ ...(await backupProof(context.world, params.id)) }),
  }),
];

const acting = [
  operation({
    ...{ id: 'createBackup', method: 'POST', path, tag: 'backups' },
    summary: 'Back up now: one database, or all of them',
    needs: 'backup',
    body: z.object({
      database: databaseName.exactOptional(),
      kind: z.enum(backupKinds).exactOptional(),
      module: moduleName.exactOptional(),
    }),
    status: 202,
    answer: started,
    fails: [404, 503],
    audit: { action: 'backup', target: ({ body }) => body.database ?? 'all' },
    run: async ({ context, body }) => {
      const { databases } = context.world.settings;
      checkDatabase(databases, body.database);
      const { database, module } = body;
      const meant = databases.filter(({ name }) => database === undefined || name === database);
      if (module !== undefined) withModule(meant, module); // throws where none has it
      return { workflowId: (await startBackup(context.world, body)).workflowId };
    },
  }),
  operation({
    ...{ id: 'verifyBackup', method: 'POST', path: `${path}/{id}/verify`, tag: 'backups' },
    summary: 'Test-restore it now',
    needs: 'backup',
    params: one,
    status: 202,
    answer: started,
    fails: [404, 503],
    audit: { action: 'verify', target: ({ params }) => params.id },
    run: async ({ context, params: { id } }) => {
      await backupDetail(context.world, id);
      return { workflowId: (await startVerify(context.world, { backup: id })).workflowId };
    },
  }),
  operation({
    ...{ id: 'checkBackup', method: 'POST', path: `${path}/{id}/check`, tag: 'backups' },
    summary: 'Read its copies back and compare their checksums',
    needs: 'backup',
    params: one,
    status: 202,
    answer: started,
    fails: [404, 503],
    audit: { action: 'check', target: ({ params }) => params.id },
    run: async ({ context, params: { id } }) => {
      await backupDetail(context.world, id);
      return { workflowId: (await startCheck(context.world, { backup: id })).workflowId };
    },
  }),
  operation({
    ...{ id: 'checkCopies', method: 'POST', path: '/backup/api/checks', tag: 'backups' },
    summary: 'Read the copies of a database, or all, back and compare their checksums',
    needs: 'backup',
    body: z.object({ database: databaseName.exactOptional() }),
    status: 202,
    answer: started,
    fails: [404, 503],
    audit: { action: 'check', target: ({ body }) => body.database ?? 'all' },
    run: async ({ context, body }) => {
      checkDatabase(context.world.settings.databases, body.database);
      return { workflowId: (await startCheck(context.world, body)).workflowId };
    },
  }),
];

export const backupOperations = [...reading, ...acting];

// At once, and not by a run that fails.
function checkDatabase(databases: readonly { name: string }[], name: string | undefined): void {
  if (name === undefined || databases.some((database) => database.name === name)) return;
  throw new BackupError('not_found', `database '${name}' is not in the settings`, {
    hint: `there are: ${databases.map((database) => database.name).join(', ')}`,
  });
}

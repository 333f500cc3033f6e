import type { z } from 'zod';
import { shownTarget } from '../../config.ts';
import { Secret } from '../../secret.ts';
import { previewRestore, startRestore, type RestoreRequest } from '../../service/restore-backup.ts';
import { started, text } from '../contract.ts';
import { operation } from '../operation.ts';
import { restorePreview, restoreRequest } from '../restore-contract.ts';
import { unlessGone } from '../unless-gone.ts';

const path = '/backup/api/restores';
const tag = 'restores';

export const restoreOperations = [
  operation({
    ...{ id: 'previewRestore', method: 'POST', path: `${path}/preview`, tag },
    summary: 'What a restore would write where, and what keeps it from it; takes seconds',
    needs: 'restore',
    body: restoreRequest,
    answer: restorePreview,
    fails: [404, 409, 500, 502],
    // It logs in to a server that somebody named.
    audit: {
      action: 'restore',
      target: ({ body: { backup, target } }) => `preview: ${backup} to ${shownTarget(target)}`,
    },
    run: ({ context, reply, body }) =>
      previewRestore(context.world, requestOf(body), unlessGone(reply)),
  }),
  operation({
    ...{ id: 'restore', method: 'POST', path, tag },
    summary: 'Restore a backup, and compare it with what the source held',
    needs: 'restore',
    body: restoreRequest.extend({
      replaces: text(100).exactOptional().meta({
        description: 'The name of the database that is replaced, where one is',
      }),
    }),
    status: 202,
    answer: started,
    fails: [404, 409, 500, 502],
    audit: {
      action: 'restore',
      target: ({ body: { backup, target } }) => `${backup} to ${shownTarget(target)}`,
    },
    run: async ({ context, body: { replaces, ...body } }) => ({
      workflowId: await startRestore(context.world, requestOf(body), replaces ?? null),
    }),
  }),
];

function requestOf({ password, ...body }: z.output<typeof restoreRequest>): RestoreRequest {
  return { ...body, ...(password === undefined ? {} : { password: new Secret(password) }) };
}

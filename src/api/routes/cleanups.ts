import { z } from 'zod';
import { cleanUp, startCleanUp } from '../../service/clean-up.ts';
import { cleanupResult } from '../cleanup-contract.ts';
import { databaseName, started } from '../contract.ts';
import { operation } from '../operation.ts';
import { unlessGone } from '../unless-gone.ts';

const path = '/backup/api/cleanups';
const tag = 'cleanups';
const database = databaseName.exactOptional().meta({ description: 'All when left out' });

export const cleanupOperations = [
  operation({
    ...{ id: 'previewCleanup', method: 'GET', path: `${path}/preview`, tag },
    summary: 'What would be deleted and what kept, and why; takes seconds',
    needs: 'read',
    query: z.object({ database }),
    answer: cleanupResult,
    fails: [404, 500],
    run: ({ context, reply, query }) =>
      cleanUp(context.world, { ...query, dryRun: true }, unlessGone(reply)),
  }),
  operation({
    ...{ id: 'cleanUp', method: 'POST', path, tag },
    summary: 'Delete what retention does not keep',
    needs: 'cleanup',
    body: z.object({
      database,
      force: z.boolean().exactOptional().meta({
        description: 'Goes on where more than half of a series would go, or the clock is behind',
      }),
    }),
    status: 202,
    answer: started,
    fails: [404],
    audit: { action: 'cleanup', target: ({ body }) => body.database ?? 'all' },
    run: async ({ context, body }) => ({
      workflowId: (await startCleanUp(context.world, body)).workflowId,
    }),
  }),
];

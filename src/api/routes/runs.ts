import { z } from 'zod';
import { cancelRun, listRuns, showRun } from '../../service/runs.ts';
import { identify } from '../auth/guard.ts';
import { problem, run, workflowId } from '../contract.ts';
import { operation } from '../operation.ts';

const path = '/backup/api/runs';

export const runOperations = [
  operation({
    ...{ id: 'listRuns', method: 'GET', path, tag: 'runs' },
    summary: 'What runs, or what ran last',
    needs: 'read',
    query: z.object({
      state: z.enum(['open', 'closed']).default('open'),
      limit: z.coerce.number().int().min(1).max(100).default(20),
    }),
    answer: z.array(run),
    fails: [503],
    run: ({ context, query: { state, limit } }) =>
      listRuns(context.world, { open: state === 'open', limit }),
  }),
  operation({
    ...{ id: 'showRun', method: 'GET', path: `${path}/detail`, tag: 'runs' },
    summary: 'One run, and what it failed with',
    needs: 'read',
    query: z.object({ workflowId }),
    answer: z.object({ run, problem: problem.shape.error.nullable() }),
    fails: [404, 503],
    run: async ({ context, query }) => {
      const { error, ...found } = await showRun(context.world, query.workflowId);
      const told = error && { code: error.code, message: error.message, hint: error.hint ?? null };
      return { run: found, problem: told };
    },
  }),
  operation({
    ...{ id: 'cancelRun', method: 'POST', path: `${path}/cancel`, tag: 'runs' },
    summary: 'Cancel a run: it cleans up behind itself',
    needs: 'backup',
    body: z.object({ workflowId }),
    status: 204,
    answer: null,
    fails: [404, 503],
    audit: { action: 'cancel', target: ({ body }) => body.workflowId },
    run: ({ context, body }) => cancelRun(context.world, body.workflowId),
  }),
  operation({
    ...{ id: 'events', method: 'GET', path: '/backup/api/events', tag: 'runs' },
    summary:
      'Server-sent events: `runs` tells all open runs with their progress, whenever it changes',
    needs: 'read',
    answer: 'text/event-stream',
    fails: [409],
    run: ({ context, request, reply, identity }) => {
      const mayStay = () =>
        identify(context, request).then(
          () => true,
          () => false,
        );
      context.events.join(reply, { user: identity?.user ?? '', mayStay });
      return reply;
    },
  }),
];

import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { metricsType, readMetrics } from '../../service/metrics.ts';
import { checkReady } from '../../service/ready.ts';
import { authorize, identify } from '../auth/guard.ts';
import { operation, type Operation } from '../operation.ts';

const state = z.object({ status: z.literal('ok') });

const metrics: Operation = operation({
  ...{ id: 'metrics', method: 'GET', path: '/metrics', tag: 'health' },
  summary: 'Numbers for Prometheus: with a session or token, or from this host',
  needs: 'nothing',
  answer: 'text/plain',
  fails: [401, 403],
  run: async ({ context, request, reply }) => {
    if (!isFromThisHost(request)) {
      authorize({ ...metrics, needs: 'read' }, await identify(context, request));
    }
    return reply.type(metricsType).send(await readMetrics(context.world));
  },
});

export const healthOperations = [
  operation({
    ...{ id: 'healthz', method: 'GET', head: true, path: '/healthz', tag: 'health' },
    summary: 'The server answers',
    needs: 'nothing',
    answer: state,
    run: () => ({ status: 'ok' as const }),
  }),
  operation({
    ...{ id: 'readyz', method: 'GET', head: true, path: '/readyz', tag: 'health' },
    summary: 'Catalog and Temporal answer, too',
    needs: 'nothing',
    answer: state,
    fails: [503],
    run: async ({ context }) => {
      await checkReady(context.world);
      return { status: 'ok' as const };
    },
  }),
  metrics,
];

// What a proxy on this host passes on comes from elsewhere.
function isFromThisHost({ ip, headers }: FastifyRequest): boolean {
  const isLoopback = /^(127\.|::1$|::ffff:127\.)/.test(ip);
  return isLoopback && headers['x-forwarded-for'] === undefined && headers.forwarded === undefined;
}

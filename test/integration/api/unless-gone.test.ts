import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { unlessGone } from '../../../src/api/unless-gone.ts';

test.each([
  ['before anybody looks', true],
  ['while it is worked on', false],
])('who asked and went away %s is not worked for any more', async (_, isBefore) => {
  const server = Fastify();
  const signal = new Promise<AbortSignal>((resolve) => {
    server.get('/', async (request, reply) => {
      socket.destroy();
      const gone = once(request.raw.socket, 'close');
      if (isBefore) await gone;
      resolve(unlessGone(reply).signal);
      await gone;
    });
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const given = await signal;
  await expect.poll(() => given.aborted).toBe(true);
  await server.close();
});

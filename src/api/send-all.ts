import type { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { wentAway, whenGone } from './unless-gone.ts';

/**
 * Answers with a stream, and waits until the network has taken all of it. Throws what the stream fails with, and
 * `connection_lost` where the client goes away before.
 */
export async function sendAll(reply: FastifyReply, content: Readable): Promise<void> {
  const { raw } = reply;
  const sent = new Promise<void>((resolve, reject) => {
    content.once('error', reject);
    // First of all who hear of it: where the connection is not kept, one of them ends it. What is cut off is told as
    // finished, too, but on a connection that is gone already.
    raw.prependOnceListener('finish', () => {
      if (raw.socket?.destroyed === false) resolve();
    });
    whenGone(reply, () => reject(wentAway()));
  });
  void reply.send(content);
  await sent;
}

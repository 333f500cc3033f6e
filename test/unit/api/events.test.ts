import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { newestTo } from '../../../src/api/events.ts';

test('who reads too slowly is told the newest when he reads on, and nothing twice', async () => {
  const stream = new PassThrough({ highWaterMark: 4 });
  const write = newestTo(stream);
  for (const event of ['first;', 'second;', 'third;']) write(event);
  const read: string[] = [];
  stream.on('data', (chunk: Buffer) => read.push(chunk.toString()));
  await expect.poll(() => read.join('')).toBe('first;third;');
  write('fourth;');
  await expect.poll(() => read.join('')).toBe('first;third;fourth;');
});

import { PassThrough } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import parseRange from 'range-parser';
import { z } from 'zod';
import { BackupError, toBackupError } from '../../errors.ts';
import { openDownload, type Download } from '../../service/download.ts';
import { streamScript } from '../../service/stream-script.ts';
import { backupId } from '../contract.ts';
import { exactly } from '../exact-length.ts';
import { operation, type AnyCall } from '../operation.ts';
import { sendAll } from '../send-all.ts';
import { unlessGone } from '../unless-gone.ts';

const destination = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/)
  .max(100);

const from = z.object({
  destination: destination.exactOptional().meta({
    description: 'The copy that is read; any that is good when left out',
  }),
});

export const downloadOperations = [
  operation({
    ...{ id: 'downloadBackup', method: 'GET', path: '/backup/api/backups/{id}/download' },
    ...{ tag: 'backups', summary: 'Its artifact as it is stored; ranges can be asked for' },
    needs: 'download',
    params: z.object({ id: backupId }),
    query: from,
    answer: 'application/octet-stream',
    also: [206],
    fails: [404, 409, 416, 500, 502],
    audit: { action: 'download', target: ({ params }) => params.id },
    run: async ({ context, params, query, request, reply, tellBegun }) => {
      const { world, storage } = context;
      const download = await openDownload({ ...world, storage }, { backup: params.id, ...query });
      const range = rangeOf({ request, reply }, download);
      const content = await download.read(range);
      await tellBegun(range && partOf(download, range)).catch((error: unknown) => {
        content.destroy();
        throw error;
      });
      const length = describe(reply, download, range); // only now: a refusal is no download
      await sendAll(reply, exactly(length, content));
    },
  }),
  operation({
    ...{ id: 'downloadScript', method: 'GET', path: '/backup/api/backups/{id}/script' },
    ...{ tag: 'backups', summary: 'It as an SQL script, unpacked and decrypted here' },
    needs: 'download',
    params: z.object({ id: backupId }),
    query: from,
    answer: 'application/sql',
    fails: [404, 409, 500, 502, 507],
    audit: { action: 'download', target: ({ params }) => `${params.id} as SQL` },
    run: async ({ context, params, query, reply, tellBegun }) => {
      const { world, storage, currentSettings } = context;
      const source = { catalog: world.catalog, settings: currentSettings(), storage };
      await sendScript({ reply, tellBegun }, (sending) =>
        streamScript(source, { backup: params.id, ...query }, sending),
      );
    },
  }),
];

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Of one range; several at once are answered with the whole, as the standard allows. */
function rangeOf(
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  { bytes, sha256 }: Download,
): Range | undefined {
  const { range, 'if-range': ifRange } = request.headers;
  if (range === undefined) return undefined;
  if (ifRange !== undefined && ifRange !== etagOf(sha256)) return undefined;
  // `range-parser` refuses this one, which by the standard is the whole.
  if (Number(/^bytes=-(\d+)$/.exec(range)?.[1]) > bytes) return { start: 0, end: bytes - 1 };
  const ranges = parseRange(bytes, range);
  if (ranges === -1) {
    void reply.header('content-range', `bytes */${bytes}`);
    throw new BackupError('range_outside', `the artifact has ${bytes} bytes, not '${range}'`);
  }
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return undefined;
  return ranges[0];
}

function partOf({ bytes }: Download, { start, end }: Range): string {
  return `bytes ${start}-${end} of ${bytes}`;
}

/** The headers of what is sent; gives how many bytes that are. */
function describe(reply: FastifyReply, { file, bytes, sha256 }: Download, range?: Range): number {
  const length = range ? range.end - range.start + 1 : bytes;
  void reply.headers({
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="${file}"`,
    'accept-ranges': 'bytes',
    etag: etagOf(sha256),
    // Of the whole file, also beside a part of it.
    'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
    'content-length': length,
  });
  if (!range) return length;
  void reply.code(206);
  void reply.header('content-range', `bytes ${range.start}-${range.end}/${bytes}`);
  return length;
}

/** Its end is sent when all went well: a script that broke off on the way is no whole download. */
async function sendScript(
  { reply, tellBegun }: Pick<AnyCall, 'reply' | 'tellBegun'>,
  send: (sending: Parameters<typeof streamScript>[2]) => Promise<void>,
): Promise<void> {
  const script = new PassThrough();
  const sending: { sent?: Promise<void> } = {};
  const begin = async (file: string) => {
    await tellBegun();
    void reply.type('application/sql');
    void reply.header('content-disposition', `attachment; filename="${file}"`);
    sending.sent = sendAll(reply, script);
    sending.sent.catch(() => undefined); // it is waited for when all is written
    return script;
  };
  try {
    await send({ signal: unlessGone(reply).signal, begin });
  } catch (error) {
    if (sending.sent) script.destroy(toBackupError(error));
    await sending.sent;
    throw error;
  }
  script.end();
  await sending.sent;
}

function etagOf(sha256: string): string {
  return `"${sha256}"`;
}

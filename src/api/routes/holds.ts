import { z } from 'zod';
import { BackupError } from '../../errors.ts';
import { backupDetail } from '../../service/backup-detail.ts';
import { holdBackup, releaseBackup } from '../../service/hold-backup.ts';
import { backup, backupId } from '../contract.ts';
import { operation } from '../operation.ts';
import { unlessGone } from '../unless-gone.ts';
import { required } from './session.ts';

const path = '/backup/api/backups/{id}/hold';
const tag = 'backups';
const params = z.object({ id: backupId });

const reason = z
  .string()
  .trim()
  .min(1)
  .max(300)
  .refine((text) => !/\p{Cc}/u.test(text), { error: 'one line of plain text' });

const holdResult = z
  .object({
    backup: z.string(),
    hold: backup.shape.hold,
    places: z.array(
      z.object({
        destination: z.string(),
        host: z.string().nullable(),
        late: z.string().nullable().meta({
          description: 'Why the copy there does not say so itself yet; the catalog does',
        }),
      }),
    ),
  })
  .meta({ id: 'HoldResult' });

export const holdOperations = [
  operation({
    ...{ id: 'holdBackup', method: 'POST', path, tag },
    summary: 'Keep it from clean-up until it is released',
    needs: 'backup',
    params,
    body: z.object({ reason: reason.exactOptional() }),
    answer: holdResult,
    fails: [404, 409, 500],
    audit: { action: 'hold', target: ({ params }) => params.id },
    run: async ({ context: { world }, params, body, identity, reply }) => {
      const { checkedCopies } = await backupDetail(world, params.id);
      if (checkedCopies.every(({ state }) => state === 'deleted')) throw nothingToHold(params.id);
      const request = { backup: params.id, by: required(identity).user, ...body };
      return holdBackup(world, request, unlessGone(reply));
    },
  }),
  operation({
    ...{ id: 'releaseBackup', method: 'DELETE', path, tag },
    summary: 'End that: clean-up decides about it again',
    needs: 'cleanup',
    params,
    answer: holdResult,
    fails: [404, 500],
    audit: { action: 'release', target: ({ params }) => params.id },
    run: async ({ context: { world }, params, reply }) => {
      await backupDetail(world, params.id);
      return releaseBackup(world, { backup: params.id }, unlessGone(reply));
    },
  }),
];

function nothingToHold(id: string): BackupError {
  return new BackupError('conflict', `backup '${id}' has no copy left to hold`, {
    hint: 'see its copies',
  });
}

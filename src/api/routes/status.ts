import { z } from 'zod';
import { describeSettings } from '../../config.ts';
import { examine } from '../../service/doctor.ts';
import { readStatus } from '../../service/status.ts';
import { check, databaseName, day, setting, status, words } from '../contract.ts';
import { operation } from '../operation.ts';
import { unlessGone } from '../unless-gone.ts';

const millisecondsOfDay = 86_400_000;

export const statusOperations = [
  operation({
    ...{ id: 'readStatus', method: 'GET', path: '/backup/api/status', tag: 'status' },
    summary: 'How every database stands, and what is wrong',
    needs: 'read',
    answer: status,
    run: ({ context }) => readStatus(context.world),
  }),
  operation({
    ...{ id: 'readDays', method: 'GET', path: '/backup/api/days', tag: 'status' },
    summary: 'What was made on each of the last days',
    needs: 'read',
    query: z.object({
      database: databaseName.exactOptional(),
      days: z.coerce.number().int().min(1).max(370).default(90),
    }),
    answer: z.array(day),
    run: ({ context: { world }, query: { database, days } }) =>
      world.catalog.days({
        ...(database === undefined ? {} : { database }),
        since: new Date(Date.now() - days * millisecondsOfDay),
        timeZone: world.settings.timeZone,
      }),
  }),
  operation({
    ...{ id: 'readSettings', method: 'GET', path: '/backup/api/settings', tag: 'status' },
    summary: 'Every setting, where it comes from; secrets are masked',
    needs: 'access',
    answer: z.object({
      settings: z.array(setting),
      warnings: z.array(z.string()),
      warningWords: z
        .array(words)
        .meta({ description: 'The warnings for a reader of another language' }),
    }),
    run: ({ context }) => {
      const settings = context.currentSettings();
      const { warnings, warningWords } = settings;
      return { settings: describeSettings(settings), warnings, warningWords };
    },
  }),
  operation({
    ...{ id: 'examine', method: 'GET', path: '/backup/api/doctor', tag: 'status' },
    summary: 'Look for everything that would keep a backup from working; takes seconds',
    needs: 'access',
    answer: z.array(check),
    run: ({ context, reply }) =>
      examine({ settings: context.currentSettings, signal: unlessGone(reply).signal }),
  }),
];

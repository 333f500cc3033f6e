import { z } from 'zod';
import { backupId, databaseName, text, time, words } from './contract.ts';

/** Requests and answers of restores. */

/** What the `restore` command takes, too. */
export const restoreRequest = z.object({
  backup: z.union([z.literal('latest'), backupId]).default('latest'),
  database: databaseName.exactOptional().meta({ description: 'Whose latest' }),
  at: time.exactOptional().meta({ description: 'With latest: not after this time' }),
  target: text(2000).meta({
    description: 'A database of the settings, or a URL without a password',
  }),
  password: text(1000).exactOptional().meta({
    description: 'Of the target: kept encrypted until the restore has ended',
  }),
  create: z.boolean().exactOptional(),
  clean: z.boolean().exactOptional(),
  tables: z.array(text(300)).min(1).max(1000).exactOptional(),
  noOwner: z.boolean().exactOptional(),
  noPrivileges: z.boolean().exactOptional(),
  roles: z.boolean().exactOptional(),
  jobs: z.number().int().min(1).max(64).exactOptional(),
});

export const restorePreview = z
  .object({
    backup: z.string(),
    incremental: z.string().nullable(),
    snapshotAt: time,
    target: z.string(),
    action: z.string(),
    // A worker of an older version has none.
    actionWords: words
      .nullable()
      .default(null)
      .meta({ description: 'For a reader of another language' }),
    replaces: z
      .object({ database: z.string(), bytes: z.number(), keptAs: z.string().nullable() })
      .nullable(),
    bytes: z.number().nullable().meta({ description: 'null: of some tables, not known' }),
    tables: z.number(),
    rows: z.number(),
    missingRoles: z.array(z.string()),
    missingExtensions: z.array(z.string()),
    obstacles: z.array(
      z.object({
        ...{ fact: z.string(), hint: z.string() },
        words: z
          .object({ fact: words.nullable(), hint: words.nullable() })
          .default({ fact: null, hint: null })
          .meta({
            description:
              'The same for a reader of another language; null: a worker of an older version has none',
          }),
      }),
    ),
  })
  .meta({ id: 'RestorePreview' });

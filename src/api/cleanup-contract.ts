import { z } from 'zod';

/** Answers of clean-ups. */

const decidedCopy = z.object({
  backup: z.string(),
  destination: z.string(),
  host: z.string().nullable(),
  bytes: z.number(),
  reason: z.string(),
});

const decidedCopies = z.object({
  count: z.number(),
  bytes: z.number(),
  copies: z.array(decidedCopy).meta({ description: 'The first of them' }),
});

export const cleanupResult = z
  .object({
    dryRun: z.boolean(),
    deleted: decidedCopies,
    kept: decidedCopies,
    refused: z.array(decidedCopy),
    stops: z.array(z.object({ database: z.string(), series: z.string(), reason: z.string() })),
    lostHosts: z.array(z.string()),
  })
  .meta({ id: 'CleanupResult' });

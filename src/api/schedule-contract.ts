import { z } from 'zod';
import { time } from './contract.ts';

/** What is protected, and when: answers about the settings' databases and their schedules. */

export const database = z
  .object({
    name: z.string(),
    modules: z.array(z.string()),
    objectiveHours: z.number().meta({
      description: 'How old the newest proven backup may become; 0: as old as it likes',
    }),
  })
  .meta({ id: 'Database' });

export const schedule = z
  .object({
    id: z.string(),
    database: z.string().nullable().meta({ description: 'null: it is for all' }),
    name: z.string(),
    when: z.string().nullable(),
    timeZone: z.string().nullable(),
    next: time.nullable(),
    last: z
      .object({
        at: time,
        workflowId: z.string(),
        state: z.enum(['running', 'done', 'failed', 'cancelled']).nullable(),
      })
      .nullable(),
    running: z.array(z.string()),
    paused: z.boolean(),
    note: z.string().nullable(),
  })
  .meta({ id: 'Schedule' });

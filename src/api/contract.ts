import { z } from 'zod';
import { permissions, roles, auditActions } from '../domain/access.ts';
import { isDatabaseName, parseBackupId, storedKinds } from '../domain/backup-name.ts';
import { backupStates, copyStates, type BackupSummary } from '../domain/backup.ts';
import { phases, type Progress } from '../domain/progress.ts';
import { proofStates } from '../domain/proof.ts';

/** What requests and answers are made of: validation, types and the OpenAPI document come from here. */

export const backupId = z
  .string()
  .max(250)
  .regex(/^[a-z0-9_-]+$/)
  .refine((id) => parseBackupId(id) !== undefined, { error: 'not the id of a backup' });

export const databaseName = z
  .string()
  .max(100)
  .regex(/^[a-z0-9][a-z0-9-]*$/)
  .refine(isDatabaseName);

/** Free text of at least one character; PostgreSQL keeps none with the character of number 0 in it. */
export function text(longest: number) {
  return z
    .string()
    .min(1)
    .max(longest)
    .regex(/^[^\u0000]*$/);
}

export const workflowId = text(500);
export const time = z.iso.datetime();

export const problem = z
  .object({
    error: z.object({
      code: z.string().meta({ description: 'A code of the table of errors in README' }),
      message: z.string(),
      hint: z.string().nullable(),
    }),
  })
  .meta({ id: 'Problem' });

export const progress = z
  .object({
    phase: z.enum(phases),
    backup: z.string().nullable(),
    bytes: z.number(),
    totalBytes: z.number().nullable(),
    tables: z.number(),
    totalTables: z.number().nullable(),
    step: z.string(),
  })
  .meta({ id: 'Progress' }) satisfies z.ZodType<Progress>;

const seconds = z.number().nullable();

const backupFields = {
  id: z.string(),
  kind: z.enum(storedKinds),
  database: z.string(),
  module: z.string().nullable(),
  state: z.enum(backupStates),
  base: z.string().nullable(),
  changes: z
    .object({ tables: z.number(), rows: z.number() })
    .nullable()
    .meta({ description: 'What an incremental carries: rows that are new or changed' }),
  reason: z.string().nullable(),
  artifact: z.object({ path: z.string(), bytes: z.number(), sha256: z.string() }).nullable(),
  copies: z.array(
    z.object({ destination: z.string(), uri: z.string(), state: z.enum(copyStates) }),
  ),
  proof: z
    .object({
      state: z.enum(proofStates),
      tables: z.number(),
      rows: z.number(),
      mismatches: z.number(),
      seconds: z.number(),
      reason: z.string().nullable(),
    })
    .nullable(),
  hold: z
    .object({ by: z.string(), reason: z.string().nullable(), at: time })
    .nullable()
    .meta({ description: 'Clean-up keeps it until it is released' }),
  timings: z.object({
    dumped: seconds,
    sealed: seconds,
    offsite: seconds,
    proven: seconds,
    total: seconds,
  }),
};

/** One backup, as `show --json` prints it. */
export const backup = z
  .object(backupFields)
  .meta({ id: 'Backup' }) satisfies z.ZodType<BackupSummary>;

export const backupPage = z
  .object({
    items: z.array(backup),
    total: z.number().meta({ description: 'How many fit the filter, on all pages' }),
    next: z.string().nullable().meta({ description: '`before` of the next page; null: the last' }),
  })
  .meta({ id: 'BackupPage' });

/** One backup with what only its own page shows. */
export const backupDetail = z
  .object({
    ...backupFields,
    triggeredAt: time,
    snapshotAt: time.nullable(),
    finishedAt: time.nullable(),
    dumpBytes: z.number().nullable(),
    run: z.object({ workflowId: z.string(), runId: z.string(), ui: z.string().nullable() }),
    checkedCopies: z.array(
      z.object({
        destination: z.string(),
        host: z.string().nullable(),
        uri: z.string(),
        bytes: z.number(),
        state: z.enum(copyStates),
        checkedAt: time.nullable(),
        versionId: z.string().nullable(),
      }),
    ),
    restoreLines: z.array(z.string()),
  })
  .meta({ id: 'BackupDetail' });

export const status = z
  .object({
    temporal: z.object({
      address: z.string().nullable(),
      namespace: z.string(),
      ui: z.string().nullable(),
    }),
    console: z.string().nullable(),
    databases: z.array(
      z.object({
        name: z.string(),
        counts: z.object({
          running: z.number(),
          proven: z.number(),
          unproven: z.number(),
          failed: z.number(),
          cancelled: z.number(),
          skipped: z.number(),
        }),
        bytes: z.number(),
        newestProven: z.object({ id: z.string(), at: time }).nullable(),
        running: z.array(z.string()),
      }),
    ),
    alarms: z.array(
      z.object({
        key: z.string(),
        database: z.string().nullable(),
        message: z.string(),
        hint: z.string().nullable(),
        code: z.string().nullable(),
        raisedAt: time,
        lastSeenAt: time,
      }),
    ),
  })
  .meta({ id: 'Status' });

export const run = z
  .object({
    workflowId: z.string(),
    runId: z.string(),
    type: z.string(),
    status: z.string(),
    startedAt: time,
    closedAt: time.nullable(),
    progress: progress.nullable(),
  })
  .meta({ id: 'Run' });

export const started = z.object({ workflowId: z.string() }).meta({ id: 'Started' });

const role = z.enum(roles);
const permission = z.enum(permissions);

export const session = z
  .object({
    user: z.string(),
    role,
    permissions: z.array(permission),
    mustChangePassword: z.boolean(),
    csrf: z.string().nullable().meta({
      description:
        'Goes into the header `x-csrf-token` of what changes something; null: a token asked',
    }),
  })
  .meta({ id: 'Session' });

export const user = z
  .object({
    name: z.string(),
    role,
    createdAt: time,
    lastLoginAt: time.nullable(),
    mustChangePassword: z.boolean(),
  })
  .meta({ id: 'User' });

export const token = z
  .object({
    id: z.string(),
    name: z.string(),
    user: z.string(),
    scopes: z.array(permission),
    createdAt: time,
    expiresAt: time,
    lastUsedAt: time.nullable(),
  })
  .meta({ id: 'Token' });

export const auditRow = z
  .object({
    id: z.string(),
    at: time,
    user: z.string().nullable(),
    via: z.string(),
    address: z.string().nullable(),
    action: z.enum(auditActions),
    target: z.string().nullable(),
    result: z.string().meta({
      description:
        '`done`, or the code of the error; `begun`: of a download, of which a second row tells how it ended',
    }),
  })
  .meta({ id: 'AuditRow' });

export const setting = z
  .object({
    name: z.string(),
    value: z.string(),
    source: z.string(),
    environmentVariable: z.string(),
    help: z.string(),
  })
  .meta({ id: 'Setting' });

const filled = [z.string(), z.number()] as const;
const part = z.object({ key: z.string(), values: z.record(z.string(), z.union(filled)) });

/** What can be said in every language of the console. */
export const words = z
  .object({
    key: z.string(),
    values: z.record(z.string(), z.union([...filled, z.array(part)])),
  })
  .meta({ id: 'Words', description: 'Key of a text, and what fills it' });

export const check = z
  .object({
    name: z.string(),
    state: z.enum(['ok', 'warning', 'failed']),
    message: z.string(),
    hint: z.string().nullable(),
    code: z.string().nullable().meta({ description: 'Of the error that was met; null: none' }),
    words: z
      .object({ name: words, message: words.nullable(), hint: words.nullable() })
      .meta({ description: 'The same for a reader of another language; null: not in our words' }),
  })
  .meta({ id: 'Check' });

export const day = z
  .object({
    day: z.iso.date(),
    proven: z.number(),
    unproven: z.number(),
    failed: z.number(),
    bytes: z.number().meta({ description: 'Size of the artifacts that were made that day' }),
  })
  .meta({ id: 'Day' });

/** The longest page of a list. */
export const limit = z.coerce.number().int().min(1).max(500).default(50);

import { z } from 'zod';
import { listDatabases } from '../../service/databases.ts';
import {
  listSchedules,
  pauseSchedule,
  resumeSchedule,
  triggerNow,
} from '../../service/schedules.ts';
import type { ApiContext } from '../context.ts';
import { text } from '../contract.ts';
import { operation } from '../operation.ts';
import { database, schedule } from '../schedule-contract.ts';

const path = '/backup/api/schedules';
// An id has slashes: it stands in the body and not in the path.
const one = z.object({ id: text(300) });
const target = ({ body }: { readonly body: { readonly id: string } }) => body.id;

export const scheduleOperations = [
  operation({
    ...{ id: 'listDatabases', method: 'GET', path: '/backup/api/databases', tag: 'schedules' },
    summary: 'The databases of the settings',
    needs: 'read',
    answer: z.array(database),
    run: ({ context }) => listDatabases(context.world),
  }),
  operation({
    ...{ id: 'listSchedules', method: 'GET', path, tag: 'schedules' },
    summary: 'Every schedule with its next and its last run',
    needs: 'read',
    answer: z.array(schedule),
    fails: [503],
    run: ({ context }) => listSchedules(context.world),
  }),
  operation({
    ...{ id: 'pauseSchedule', method: 'POST', path: `${path}/pause`, tag: 'schedules' },
    summary: 'Pause a schedule: only an operator resumes it',
    needs: 'schedule',
    body: one.extend({ reason: text(500).trim().min(1).exactOptional() }),
    status: 204,
    answer: null,
    fails: [404, 503],
    audit: { action: 'schedule.pause', target },
    run: async ({ context, identity, body: { id, reason } }) => {
      const note = reason ?? `paused by ${identity?.user ?? 'somebody'}`;
      await pauseSchedule(context.world, id, note);
    },
  }),
  ...acting(),
];

function acting() {
  const made = (
    verb: 'resume' | 'trigger',
    summary: string,
    act: (world: ApiContext['world'], id: string) => Promise<unknown>,
  ) =>
    operation({
      ...{ id: `${verb}Schedule`, method: 'POST', path: `${path}/${verb}`, tag: 'schedules' },
      ...{ summary, needs: 'schedule', body: one, status: 204, answer: null, fails: [404, 503] },
      audit: { action: `schedule.${verb}`, target },
      run: async ({ context, body }) => {
        await act(context.world, body.id);
      },
    });
  return [
    made('resume', 'Let a schedule run again', resumeSchedule),
    made('trigger', 'Start a run of a schedule now', triggerNow),
  ];
}

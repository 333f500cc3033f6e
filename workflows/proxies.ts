import {
  ActivityCancellationType,
  proxyActivities,
  type ActivityInterfaceFor,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

// The SDK's real default is TRY_CANCEL: clean-up would run while pg_dump still writes.
const cancellationType = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;

/** Steps that take moments and may run on any worker; tried until the catalog is back. */
const quick: ActivityOptions = {
  startToCloseTimeout: '1 minute',
  cancellationType,
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 60 },
};

/** Waiting for others, who may take as long as a long dump. */
const waiting: ActivityOptions = {
  startToCloseTimeout: '13 hours',
  heartbeatTimeout: '15 seconds',
  cancellationType,
  retry: { initialInterval: '5 seconds', maximumInterval: '1 minute', maximumAttempts: 20 },
};

/** Looking at all that there is and deciding: longer with every database; a backup waits for it. */
const surveying: ActivityOptions = {
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '15 seconds',
  cancellationType,
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds', maximumAttempts: 8 },
};

/** Steps that take moments, asked for by somebody who waits for the answer. */
const brief: ActivityOptions = {
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '15 seconds',
  cancellationType,
  retry: { initialInterval: '1 second', maximumAttempts: 4 },
};

/** Steps that move the data, bound to the host whose disk holds the files of the run. */
const heavy: ActivityOptions = {
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: '15 seconds',
  cancellationType,
  retry: {
    initialInterval: '5 seconds',
    backoffCoefficient: 2,
    maximumInterval: '5 minutes',
    maximumAttempts: 5,
  },
};

/** Making up a copy: what fails twice is tried again by the next run. */
const mending: ActivityOptions = {
  ...heavy,
  scheduleToStartTimeout: '1 minute',
  retry: { initialInterval: '5 seconds', maximumAttempts: 2 },
};

/** Clean-up on a host: short, and never waited for longer than the host may be away. */
const tidy: ActivityOptions = {
  startToCloseTimeout: '10 minutes',
  cancellationType,
  retry: { maximumAttempts: 3 },
};

/** Messages: sent beside the run, for some minutes; what nobody took is told again later. */
const telling: ActivityOptions = {
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumAttempts: 8 },
};

export const anywhere: ActivityInterfaceFor<Activities> = proxyActivities<Activities>(quick);
export const impatient: ActivityInterfaceFor<Activities> = proxyActivities<Activities>(brief);
export const messenger: ActivityInterfaceFor<Activities> = proxyActivities<Activities>(telling);
export const upkeep: ActivityInterfaceFor<Activities> = proxyActivities<Activities>(surveying);
export const patient: ActivityInterfaceFor<Activities> = proxyActivities<Activities>(waiting);

/** The same activities, run by the host that listens on `queue`; who does not is gone after so many seconds. */
export function onHost(queue: string, patienceSeconds = 600): ActivityInterfaceFor<Activities> {
  const scheduleToStartTimeout = patienceSeconds * 1000;
  return proxyActivities<Activities>({ ...heavy, scheduleToStartTimeout, taskQueue: queue });
}

/** Making up copies by the host that listens on `queue`. */
export function mender(queue: string): ActivityInterfaceFor<Activities> {
  return proxyActivities<Activities>({ ...mending, taskQueue: queue });
}

/** Clean-up by the host that listens on `queue`; who does not is gone after a minute, or so many seconds if they are less. */
export function tidyOnHost(queue: string, patienceSeconds = 60): ActivityInterfaceFor<Activities> {
  const scheduleToStartTimeout = Math.min(patienceSeconds, 60) * 1000;
  return proxyActivities<Activities>({ ...tidy, scheduleToStartTimeout, taskQueue: queue });
}

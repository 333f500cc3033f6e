import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { Progress } from '../src/domain/progress.ts';

/** Where the run is: phase, bytes, tables. */
export const progressQuery = defineQuery<Progress>('progress');

/** Tells a run that waits that its turn has come. */
export const callToTurn = defineSignal('callToTurn');

/** Sent by the activities of the run, at widening intervals, so that its history stays short. */
export const reportProgress = defineSignal<[Progress]>('reportProgress');

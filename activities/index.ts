import { Context } from '@temporalio/activity';
import type { Logger } from '../src/log.ts';
import { withinRun } from '../src/system/run.ts';
import { toApplicationFailure } from '../src/temporal/failure.ts';
import { clearAlarm, raiseAlarm } from './alarm.ts';
import { resolveCatalogBackup, saveCatalog } from './catalog-backup.ts';
import { checkCopies, resolveCheck } from './check.ts';
import {
  concludeCleanup,
  planCleanup,
  previewCleanup,
  recordCleanupFailure,
  resolveCleanup,
} from './cleanup.ts';
import { compress } from './compress.ts';
import type { Dependencies } from './dependencies.ts';
import { discardUploads } from './discard-uploads.ts';
import { dump } from './dump.ts';
import { checkFirst, expire } from './expire.ts';
import { healCopy, planHealing } from './heal.ts';
import { findNotices, giveBackNotices, sendNotice } from './notify.ts';
import { record, recordFailure, removeWorkspace } from './record.ts';
import { finishRelease, resolveRelease, startHold, writeHold } from './hold.ts';
import { moveRun, resolve, startInstead, startRun } from './resolve.ts';
import { resolveRestore } from './resolve-restore.ts';
import {
  compareRestore,
  fetchBackup,
  forgetSecret,
  recordRestore,
  recordRestoreFailure,
  restoreIntoBeside,
  restoreInside,
  swapRestored,
  tidyRestore,
} from './restore.ts';
import {
  changeSelfTestRows,
  dropSelfTestDatabases,
  findSelfTestPlaces,
  forgetSelfTests,
  makeSelfTestDatabase,
  removeSelfTestCopies,
  startSelfTest,
} from './self-test.ts';
import { resolveRestoreTest, testRestore } from './restore-test.ts';
import { recordMissedCopy, upload } from './upload.ts';
import { verify } from './verify.ts';
import { watch } from './watch.ts';
import { currentRun } from './reporting.ts';
import { finishRun, recordSkipped, takeTurn } from './turn.ts';

/** Every step of every workflow, by the name that Temporal's history shows. */
export function createActivities(deps: Dependencies) {
  return asTemporalWants(deps.log, {
    resolve: resolve(deps),
    startRun: startRun(deps),
    startInstead: startInstead(deps),
    moveRun: moveRun(deps),
    takeTurn: takeTurn(deps),
    dump: dump(deps),
    compress: compress(deps),
    upload: upload(deps),
    recordMissedCopy: recordMissedCopy(deps),
    verify: verify(deps),
    record: record(deps),
    recordFailure: recordFailure(deps),
    recordSkipped: recordSkipped(deps),
    finishRun: finishRun(deps),
    removeWorkspace: removeWorkspace(deps),
    ...restoreActivities(deps),
    ...selfTestActivities(deps),
    resolveCheck: resolveCheck(deps),
    checkCopies: checkCopies(deps),
    planHealing: planHealing(deps),
    healCopy: healCopy(deps),
    resolveCleanup: resolveCleanup(deps),
    planCleanup: planCleanup(deps),
    previewCleanup: previewCleanup(deps),
    checkFirst: checkFirst(deps),
    expire: expire(deps),
    discardUploads: discardUploads(deps),
    concludeCleanup: concludeCleanup(deps),
    findNotices: findNotices(deps),
    sendNotice: sendNotice(deps),
    giveBackNotices: giveBackNotices(deps),
    recordCleanupFailure: recordCleanupFailure(deps),
    watch: watch(deps),
    resolveCatalogBackup: resolveCatalogBackup(deps),
    saveCatalog: saveCatalog(deps),
    raiseAlarm: raiseAlarm(deps),
    clearAlarm: clearAlarm(deps),
    startHold: startHold(deps),
    writeHold: writeHold(deps),
    resolveRelease: resolveRelease(deps),
    finishRelease: finishRelease(deps),
  });
}

function restoreActivities(deps: Dependencies) {
  return {
    resolveRestoreTest: resolveRestoreTest(deps),
    testRestore: testRestore(deps),
    resolveRestore: resolveRestore(deps),
    fetchBackup: fetchBackup(deps),
    restoreIntoBeside: restoreIntoBeside(deps),
    restoreInside: restoreInside(deps),
    compareRestore: compareRestore(deps),
    swapRestored: swapRestored(deps),
    recordRestore: recordRestore(deps),
    recordRestoreFailure: recordRestoreFailure(deps),
    tidyRestore: tidyRestore(deps),
    forgetSecret: forgetSecret(deps),
  };
}

function selfTestActivities(deps: Dependencies) {
  return {
    startSelfTest: startSelfTest(deps),
    makeSelfTestDatabase: makeSelfTestDatabase(deps),
    changeSelfTestRows: changeSelfTestRows(deps),
    dropSelfTestDatabases: dropSelfTestDatabases(deps),
    findSelfTestPlaces: findSelfTestPlaces(deps),
    removeSelfTestCopies: removeSelfTestCopies(deps),
    forgetSelfTests: forgetSelfTests(deps),
  };
}

export type Activities = ReturnType<typeof createActivities>;

type Activity = (...args: never[]) => Promise<unknown>;

// Our errors become Temporal's here. A cancelled activity must end as cancelled, whatever its children said when they
// were killed: else the run would be failed, not cancelled.
function asTemporalWants<T extends Record<string, Activity>>(log: Logger, activities: T): T {
  const wrapped = Object.entries(activities).map(([name, activity]) => [
    name,
    (...args: never[]) =>
      withinRun(currentRun().workflowId, () => perform(log, name, () => activity(...args))),
  ]);
  return Object.fromEntries(wrapped) as T;
}

async function perform<T>(log: Logger, activity: string, work: () => Promise<T>): Promise<T> {
  const { cancellationSignal, info } = Context.current();
  const about = { activity, attempt: info.attempt };
  const started = Date.now();
  log.info(about, 'started');
  try {
    const result = await work();
    log.info({ ...about, seconds: (Date.now() - started) / 1000 }, 'done');
    log.debug({ ...about, result }, 'result');
    return result;
  } catch (error) {
    log.error(
      { ...about, error: String(error) },
      cancellationSignal.aborted ? 'cancelled' : 'failed',
    );
    cancellationSignal.throwIfAborted();
    throw toApplicationFailure(error);
  }
}

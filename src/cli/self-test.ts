import { formatSeconds } from '../domain/format.ts';
import { selfTestSteps, type SelfTestResult, type SelfTestStep } from '../domain/self-test.ts';
import { errorTable } from '../errors.ts';
import { selfTest } from '../service/self-test.ts';
import type { DefineCommand, Session } from './command.ts';
import { withWorld } from './command.ts';
import { exitStatuses } from './exit-status.ts';
import { following } from './follow.ts';
import { printable } from './table.ts';

/** `self-test`: whether a backup would be made, restored and checked here. */
export const selfTestCommand: DefineCommand = (program, perform) => {
  program
    .command('self-test')
    .description('back up, restore and check a throw-away database, and remove it all')
    .action(() => perform(runSelfTest));
};

async function runSelfTest(session: Session): Promise<number> {
  const { output } = session;
  return withWorld(session, { temporal: true, worker: true }, async (world) => {
    const result = await following(session, (watch) =>
      selfTest(world, { ...watch, say: output.say }),
    );
    output.result(result, () => result.steps.map(stepText).join('\n'));
    return exitStatusOf(result);
  });
}

/** That of the first step which failed. */
function exitStatusOf({ steps }: SelfTestResult): number {
  const failure = steps.find(({ state }) => state === 'failed')?.failure;
  return failure ? errorTable[failure.code].exit : exitStatuses.done;
}

function stepText({ name, state, seconds, backup, remark, failure }: SelfTestStep): string {
  const facts = [backup, failure?.message ?? remark].filter((fact) => fact !== null);
  const fact = [`${selfTestSteps[name]}, ${formatSeconds(seconds)}`, ...facts].join(': ');
  const line = printable(`${state.padEnd(6)}  ${fact}`);
  const hint = failure?.hint ?? null;
  return hint === null ? line : `${line}\n${' '.repeat(8)}hint: ${printable(hint)}`;
}

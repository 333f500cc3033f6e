import { formatSeconds } from '../domain/format.ts';
import { comparedText } from './summary-text.ts';
import type { Verified } from '../domain/run.ts';
import { verifyBackup } from '../service/verify-backup.ts';
import type { DefineCommand, Session } from './command.ts';
import { withWorld } from './command.ts';
import { proofExitStatus } from './exit-status.ts';
import { following } from './follow.ts';
import { formatFields } from './table.ts';

/** `verify ID|latest`: a test restore of what is stored. */
export const verifyCommand: DefineCommand = (program, perform) => {
  program
    .command('verify')
    .description('test-restore a stored backup and compare it with what the source held')
    .argument('<backup>', `a backup's id, or 'latest'`)
    .option('--database <name>', `whose latest; needed when there are several databases`)
    .action((backup: string, options: { database?: string }) =>
      perform((session) => verify(session, { backup, ...options })),
    );
};

async function verify(
  session: Session,
  request: { backup: string; database?: string },
): Promise<number> {
  const { output } = session;
  return withWorld(session, { temporal: true, worker: true }, async (world) => {
    const proof = await following(session, (watch) => verifyBackup(world, request, watch));
    output.result(proof, () => proofText(proof));
    return proofExitStatus(proof.state);
  });
}

function proofText(verified: Verified): string {
  const { state, reason, seconds } = verified;
  return formatFields([
    ['proof', state],
    ...(reason === null ? [] : [['reason', reason] as const]),
    ['compared', comparedText(verified)],
    ['took', formatSeconds(seconds)],
  ]);
}

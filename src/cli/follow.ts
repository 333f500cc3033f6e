import type { Watch } from '../service/follow-run.ts';
import type { Session } from './command.ts';
import { createProgressDisplay } from './progress-bar.ts';

/** Runs `use` with a watch that shows the run's progress; Ctrl-C cancels the run. */
export async function following<T>(
  { context, output }: Session,
  use: (watch: Watch) => Promise<T>,
): Promise<T> {
  const display = createProgressDisplay(output);
  try {
    return await use({
      signal: context.signal,
      onStarted: (workflowId) => display.say(`started '${workflowId}'`),
      onProgress: (progress) => display.show(progress),
    });
  } finally {
    display.stop();
  }
}

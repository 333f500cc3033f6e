import { setCurrentDetails, setHandler } from '@temporalio/workflow';
import { formatBytes } from '../src/domain/format.ts';
import { noProgress, phases, type Phase, type Progress } from '../src/domain/progress.ts';
import { progressQuery, reportProgress } from './messages.ts';

export interface ProgressTracker {
  enter(phase: Phase, backup?: string, step?: string): void;
}

/** Answers the `progress` query and keeps the run's current details in step with it. */
export function trackProgress(): ProgressTracker {
  let progress: Progress = noProgress;
  const show = (next: Progress) => {
    progress = next;
    setCurrentDetails(describe(progress));
  };
  setHandler(progressQuery, () => progress, { description: 'Phase, bytes and tables of this run' });
  setHandler(
    reportProgress,
    (report) => {
      // A report that was under way while the run went on must not turn the clock back.
      if (phases.indexOf(report.phase) >= phases.indexOf(progress.phase)) show(report);
    },
    { description: 'Sent by the activities of this run' },
  );
  return {
    enter: (phase, backup, step = '') => {
      show({ ...noProgress, phase, backup: backup ?? progress.backup, step });
    },
  };
}

function describe(progress: Progress): string {
  const { phase, backup, bytes, totalBytes, tables, totalTables, step } = progress;
  const lines = [`**${phase}**${step === '' ? '' : ` – ${step}`}`];
  if (backup !== null) lines.push(`backup \`${backup}\``);
  if (bytes > 0)
    lines.push(
      `${formatBytes(bytes)}${totalBytes === null ? '' : ` of ${formatBytes(totalBytes)}`}`,
    );
  if (tables > 0) lines.push(`${tables}${totalTables === null ? '' : ` of ${totalTables}`} tables`);
  return lines.join('\n\n');
}

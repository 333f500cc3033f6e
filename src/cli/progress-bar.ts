import cliProgress from 'cli-progress';
import { formatBytes } from '../domain/format.ts';
import { noProgress, type Progress } from '../domain/progress.ts';
import type { Output } from './output.ts';
import { printable } from './table.ts';

export interface ProgressDisplay {
  readonly show: (progress: Progress) => void;
  /** A line that stays, above the bar. */
  readonly say: (line: string) => void;
  /** Leaves the terminal as it was; call it before anything else is printed. */
  readonly stop: () => void;
}

/** A bar on a terminal; elsewhere a line at each change of phase and at most every ten seconds. */
export function createProgressDisplay(
  output: Output,
  now: () => number = Date.now,
): ProgressDisplay {
  return output.isTerminal ? barDisplay(output, now) : lineDisplay(output, now);
}

const secondsBetweenLines = 10;

function lineDisplay(output: Output, now: () => number): ProgressDisplay {
  const measure = rateMeter(now);
  let shown: { progress: Progress; at: number } | undefined;
  return {
    show(progress) {
      const rate = measure(progress);
      const samePhase = shown?.progress.phase === progress.phase;
      if (shown && samePhase) {
        const waited = now() - shown.at >= secondsBetweenLines * 1000;
        if (!waited || describe(progress, 0) === describe(shown.progress, 0)) return;
      }
      shown = { progress, at: now() };
      output.say(describe(progress, rate));
    },
    say: output.say,
    stop: () => undefined,
  };
}

function barDisplay(output: Output, now: () => number): ProgressDisplay {
  const measure = rateMeter(now);
  let line = '';
  const bar = new cliProgress.SingleBar({
    format: () => line,
    stream: output.stderr,
    clearOnComplete: true,
    hideCursor: true,
    gracefulExit: false, // signals are ours: a cancelled run still shows how it ends
    fps: 5,
  });
  let drawing = false;
  return {
    say: output.say, // only before the first progress: a line in between would tear the bar
    show(progress) {
      if (!drawing) bar.start(1, 0);
      drawing = true;
      line = [drawBar(progress), describe(progress, measure(progress))].filter(Boolean).join(' ');
      bar.update(0);
    },
    stop: () => bar.stop(),
  };
}

const barWidth = 24;

/** Only where the total is known: what is not measured is not drawn. */
function drawBar({ bytes, totalBytes }: Progress): string {
  if (totalBytes === null || totalBytes <= 0) return '';
  const share = Math.min(1, bytes / totalBytes);
  const full = Math.round(share * barWidth);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `${'█'.repeat(full)}${'░'.repeat(barWidth - full)} ${percent}%`;
}

/** `dump: 1.2 GB of 4.0 GB, 85 MB/s, 12 of 40 tables, public.orders` */
export function describe(progress: Progress, bytesPerSecond: number): string {
  const { phase, bytes, totalBytes, tables, totalTables, step } = progress;
  const parts = [
    bytes > 0 || totalBytes !== null ? `${formatBytes(bytes)}${of(totalBytes, formatBytes)}` : '',
    bytesPerSecond > 0 ? `${formatBytes(bytesPerSecond)}/s` : '',
    tables > 0 || totalTables !== null
      ? `${tables}${of(totalTables, String)} ${(totalTables ?? tables) === 1 ? 'table' : 'tables'}`
      : '',
    printable(step),
  ].filter((part) => part !== '');
  return parts.length === 0 ? phase : `${phase}: ${parts.join(', ')}`;
}

function of(total: number | null, format: (value: number) => string): string {
  return total === null ? '' : ` of ${format(total)}`;
}

/** Bytes per second since the phase began to move bytes. */
function rateMeter(now: () => number): (progress: Progress) => number {
  let from = { phase: noProgress.phase, bytes: 0, at: now() };
  return ({ phase, bytes }) => {
    if (phase !== from.phase || bytes < from.bytes) from = { phase, bytes, at: now() };
    const seconds = (now() - from.at) / 1000;
    return seconds < 1 ? 0 : (bytes - from.bytes) / seconds;
  };
}

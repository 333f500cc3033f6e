import { DefaultLogger, Runtime } from '@temporalio/worker';
import { BackupError } from '../errors.ts';
import { freeBytes } from '../system/disk.ts';

export interface RuntimeOptions {
  readonly log: (level: 'warn' | 'error', about: object, message: string) => void;
  /** Where Prometheus may ask, `address:port`; null: nowhere. */
  readonly metricsAddress: string | null;
  /** Whose free space is told there, by the word for them. */
  readonly directories: Readonly<Record<string, string>>;
}

const everyMilliseconds = 30_000;

/** Prepares the SDK of this process, before its first worker. Gives what ends it. Throws `start_failed`. */
export async function installRuntime(options: RuntimeOptions): Promise<() => void> {
  const { log, metricsAddress, directories } = options;
  try {
    Runtime.install({
      // Else the SDK ends our worker at Ctrl-C by itself: nobody would be left to carry out the run's cancellation.
      shutdownSignals: [],
      logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
        if (message.startsWith('No workflows registered')) return; // a host's queue has activities alone
        log(level === 'ERROR' ? 'error' : 'warn', asOurs(meta ?? {}), message);
      }),
      ...(metricsAddress !== null && { telemetryOptions: telemetry(metricsAddress) }),
    });
  } catch (error) {
    throw new BackupError('start_failed', `no metrics can be served at '${metricsAddress ?? ''}'`, {
      hint: 'is the port of PMA_WORKER_METRICS taken?',
      cause: error,
    });
  }
  if (metricsAddress === null) return () => undefined;
  await tellFree(directories);
  const timer = setInterval(() => {
    tellFree(directories).catch((error: unknown) =>
      log('warn', { error: String(error) }, 'the free space could not be read'),
    );
  }, everyMilliseconds);
  timer.unref();
  return () => clearInterval(timer);
}

/** The run has one name in every line of the log. */
function asOurs({ workflowId, ...meta }: Record<string, unknown>): object {
  return workflowId === undefined ? meta : { run: workflowId, ...meta };
}

function telemetry(bindAddress: string) {
  return {
    metrics: {
      prometheus: {
        bindAddress,
        countersTotalSuffix: true,
        unitSuffix: true,
        useSecondsForDurations: true,
      },
    },
  };
}

async function tellFree(directories: RuntimeOptions['directories']): Promise<void> {
  const gauge = Runtime.instance().metricMeter.createGauge(
    'pma_backup_directory_free_bytes',
    'int',
    'By',
    'What can still be written below a directory of this host',
  );
  for (const [directory, place] of Object.entries(directories)) {
    gauge.set(await freeBytes(place), { directory });
  }
}

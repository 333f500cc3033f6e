import type { BackupKind } from '../domain/backup-name.ts';

export interface DumpArguments {
  /** The exported snapshot's name. */
  readonly snapshot: string;
  /** Where pg_dump writes: a directory for the directory format, else a file. */
  readonly target: string;
  readonly lockTimeoutSeconds: number;
  /** More than one works with the directory format only. */
  readonly jobs?: number;
  readonly format?: 'directory' | 'custom' | 'plain';
  readonly kind?: Exclude<BackupKind, 'incremental'>;
  /** Patterns of tables whose rows stay out: a module is the whole schema with the rows of its own tables. */
  readonly excludeTableData?: readonly string[];
}

/** pg_dump's command line; who and where the server is stands in the environment. */
export function dumpArguments(options: DumpArguments): string[] {
  const { format = 'directory', kind = 'full', jobs = 1, excludeTableData = [] } = options;
  return [
    `--format=${format}`,
    ...(format === 'directory' ? [`--jobs=${jobs}`] : []),
    '--compress=0', // what is sealed later is compressed once, by every core
    ...(kind === 'schema_only' ? ['--schema-only'] : []),
    ...(kind === 'data_only' ? ['--data-only'] : []),
    ...excludeTableData.map((pattern) => `--exclude-table-data=${pattern}`),
    `--snapshot=${options.snapshot}`,
    `--lock-wait-timeout=${Math.max(1, Math.round(options.lockTimeoutSeconds * 1000))}`,
    '--no-sync', // temporary files: only the sealed artifact has to survive a power cut
    '--no-password', // never asks
    `--file=${options.target}`,
  ];
}

export const phases = [
  'waiting',
  'resolve',
  'dump',
  'compress',
  'upload',
  'verify',
  'fetch',
  'restore',
  'compare',
  'swap',
  'record',
  'expire',
  'notify',
  'done',
] as const;
export type Phase = (typeof phases)[number];

/** Where a run is. Every number was measured; a total that is not known is null, never guessed. */
export interface Progress {
  readonly phase: Phase;
  readonly backup: string | null;
  readonly bytes: number;
  readonly totalBytes: number | null;
  readonly tables: number;
  readonly totalTables: number | null;
  /** What is going on in a few words: `restoring`, `comparing public.orders`, … */
  readonly step: string;
}

export const noProgress: Progress = {
  phase: 'waiting',
  backup: null,
  bytes: 0,
  totalBytes: null,
  tables: 0,
  totalTables: null,
  step: '',
};

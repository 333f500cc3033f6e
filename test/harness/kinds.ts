import type { DumpContent } from '../../src/postgres/selection.ts';

export const wholeDatabase: DumpContent = { kind: 'full', module: null };

/** A module of the torture database: partitions, odd names, a key that points outside, triggers of every mode. */
export const someTables: DumpContent = {
  kind: 'full',
  module: {
    name: 'some',
    patterns: ['public.circle_b', 'public.measured', '组 织.*', 'public.uniq', '*.watch*'],
  },
};

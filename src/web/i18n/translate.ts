import type { MessageKey } from './en.ts';

/** A message in the reader's language. */
export type Translate = (
  key: MessageKey,
  values?: Readonly<Record<string, string | number>>,
) => string;

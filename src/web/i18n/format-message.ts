import type { MessageKey } from './en.ts';

export type Values = Readonly<Record<string, string | number>>;

/** A message in the reader's language. */
export type Translate = (key: MessageKey, values?: Values) => string;

/** Fills `{name}`, and `{count|table|tables}`: the first word where the number is one, else the second. */
export function formatMessage(text: string, values: Values = {}): string {
  return text.replace(
    /\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g,
    (whole, name: string, one?: string, many?: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      if (one === undefined || many === undefined) return String(value);
      return value === 1 || value === '1' ? one : many;
    },
  );
}

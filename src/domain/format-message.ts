/** What fills a message; a list is joined. */
export type Values = Readonly<Record<string, string | number | readonly string[]>>;

/**
 * Fills `{name}`; `{count|table|tables}`: the first word where the number is one, else the second; `{names; }`: a list, with
 * what is to stand between its items.
 */
export function formatMessage(text: string, values: Values = {}): string {
  return text.replace(
    /\{(\w+)([,;，；、]? ?)(?:\|([^|}]*)\|([^}]*))?\}/g,
    (whole, name: string, between: string, one?: string, many?: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      if (typeof value === 'object') return value.join(between === '' ? ', ' : between);
      if (one === undefined || many === undefined) return String(value);
      return value === 1 || value === '1' ? one : many;
    },
  );
}

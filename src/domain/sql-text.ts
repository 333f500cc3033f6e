/**
 * What has to be read as a whole: comments, quoted text and names, dollar-quoted bodies. `pg_dump` writes with
 * `standard_conforming_strings`, so a backslash means something only behind `E`.
 */
const wholes =
  /--[^\n]*|(?<!\w)[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'[^']*(?:''[^']*)*'|"[^"]*(?:""[^"]*)*"|(?<tag>\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$)[\s\S]*?\k<tag>/u;
const tokens = new RegExp(`${wholes.source}|[\\s\\S]`, 'gu');
const comments = new RegExp(`(?<comment>--[^\\n]*\\n?)|${wholes.source}`, 'gu');

/** One comment that stands outside of quoted text and bodies. */
export interface SqlComment {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The comments of a script, in order; what looks like one within a text or a function's body is none. */
export function* findComments(sql: string): Generator<SqlComment> {
  for (const match of sql.matchAll(comments)) {
    const text = match.groups?.['comment'];
    if (text === undefined) continue;
    yield { text: text.trimEnd(), start: match.index, end: match.index + text.length };
  }
}

/** Splits at a separator that stands outside of quotes, bodies and parentheses; comments are dropped, parts trimmed. */
export function splitSql(sql: string, separator: ';' | ','): string[] {
  const parts: string[] = [];
  let part = '';
  let depth = 0;
  for (const [token] of sql.matchAll(tokens)) {
    if (token.startsWith('--')) continue;
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    if (token === separator && depth <= 0) {
      parts.push(part.trim());
      part = '';
    } else part += token;
  }
  parts.push(part.trim());
  return parts.filter((each) => each !== '');
}

/** The first group in parentheses with what stands before and behind it; undefined where there is none. */
export function firstParentheses(
  sql: string,
): { before: string; inside: string; behind: string } | undefined {
  let depth = 0;
  let start = 0;
  for (const match of sql.matchAll(tokens)) {
    const [token] = match;
    if (token === '(' && ++depth === 1) start = match.index;
    if (token !== ')' || --depth !== 0) continue;
    return {
      before: sql.slice(0, start),
      inside: sql.slice(start + 1, match.index),
      behind: sql.slice(match.index + 1),
    };
  }
  return undefined;
}

/** Reads a quoted text or name as PostgreSQL does: `'it''s'`, `E'a\\b'`, `"a""b"`; a bare name stays as it is. */
export function unquote(quoted: string): string {
  if (/^e'/i.test(quoted)) return unquote(quoted.slice(1)).replace(/\\([\s\S])/g, '$1');
  const quote = quoted[0];
  if (quote !== "'" && quote !== '"') return quoted;
  return quoted.slice(1, -1).replaceAll(quote + quote, quote);
}

/** Splits `public."a.b"` into its unquoted names. */
export function splitName(name: string): string[] {
  return [...name.matchAll(/"[^"]*(?:""[^"]*)*"|[^".]+/g)].map(([part]) => unquote(part));
}

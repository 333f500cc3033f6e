export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string;
  readonly align?: 'right';
}

/** Rows as text in columns, a title line above; an empty list gives an empty text. */
export function formatTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  if (rows.length === 0) return '';
  const cells = rows.map((row) => columns.map((column) => printable(column.of(row))));
  const lines = [columns.map(({ title }) => title), ...cells];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => width(line[index]))));
  return lines.map((line) => formatLine(line, columns, widths)).join('\n');
}

/** `label   value` lines, the values below each other. */
export function formatFields(fields: readonly (readonly [string, string])[]): string {
  const longest = Math.max(...fields.map(([label]) => width(label)));
  return fields.map(([label, value]) => `${pad(label, longest)}  ${printable(value)}`).join('\n');
}

/** Without control characters: a table may be named so as to move a terminal's cursor. */
export function printable(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function formatLine<Row>(
  cells: readonly string[],
  columns: readonly Column<Row>[],
  widths: readonly number[],
): string {
  return cells
    .map((cell, index) => pad(cell, widths[index] ?? 0, columns[index]?.align))
    .join('  ')
    .trimEnd();
}

function pad(text: string, size: number, align?: 'right'): string {
  const blanks = ' '.repeat(Math.max(0, size - width(text)));
  return align === 'right' ? blanks + text : text + blanks;
}

/** Columns on a terminal: Chinese, Japanese and Korean characters take two. */
function width(text = ''): number {
  const wide =
    /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]/u;
  return Array.from(text).reduce((sum, letter) => sum + (wide.test(letter) ? 2 : 1), 0);
}

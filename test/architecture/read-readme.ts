import { readFileSync } from 'node:fs';

export const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** What stands between `<!-- name -->` and `<!-- /name -->`. */
export function section(name: string): string {
  const found = new RegExp(`<!-- ${name} -->\n([^]*?)<!-- /${name} -->`).exec(readme);
  if (!found) throw new Error(`README.md has no section '${name}'`);
  return found[1]!.trim();
}

/** The cells of a Markdown table, without its title and rule. */
export function tableRows(markdown: string): string[][] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
}

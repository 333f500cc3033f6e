import { readFileSync } from 'node:fs';

export const readme = readDocument('README.md');

/** A document of the repository. */
export function readDocument(name: string): string {
  return readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
}

/** What stands between `<!-- name -->` and `<!-- /name -->`. */
export function section(name: string, document = 'README.md'): string {
  const found = new RegExp(`<!-- ${name} -->\n([^]*?)<!-- /${name} -->`).exec(
    readDocument(document),
  );
  if (!found) throw new Error(`${document} has no section '${name}'`);
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

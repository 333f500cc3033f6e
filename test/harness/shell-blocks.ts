import { readFileSync } from 'node:fs';

export interface ShellBlock {
  readonly document: string;
  /** The heading above it. */
  readonly heading: string;
  /** One command each; a line that ends in a backslash goes on. */
  readonly commands: readonly string[];
}

/** The blocks of shell commands in a document of the repository. */
export function shellBlocks(document: string): ShellBlock[] {
  const text = readFileSync(new URL(`../../${document}`, import.meta.url), 'utf8');
  let heading = '';
  return Array.from(text.matchAll(/^#+ (.*)$|^```sh[^\n]*\n([^]*?)^```$/gm)).flatMap((found) => {
    const [, title, block] = found;
    if (block === undefined) heading = title ?? '';
    return block === undefined ? [] : [{ document, heading, commands: commandsOf(block) }];
  });
}

function commandsOf(block: string): string[] {
  return block
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

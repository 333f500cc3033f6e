import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { blocksToRun, elsewhere, expectedOutput, keyOf } from '../harness/documented-lines.ts';
import { shellBlocks } from '../harness/shell-blocks.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const lines = blocksToRun().flatMap(({ commands }) => commands);

test.each(lines)('test/harness/documented-lines.ts says what %j prints', (line) => {
  expect(expectedOutput(line)).toBeDefined();
});

test('every block of shell commands is run with those of README and the runbook, or where it is named', () => {
  const blocks = ['.', 'docs']
    .flatMap((directory) =>
      readdirSync(path.join(root, directory)).map((name) => path.join(directory, name)),
    )
    .filter((name) => name.endsWith('.md'))
    .filter((name) => name !== 'docs/restore-by-hand.md') // integration/postgres/restore-by-hand.test.ts
    .flatMap(shellBlocks);
  const left = blocks.filter(({ commands }) => commands.some((line) => !lines.includes(line)));
  expect([...new Set(left.map(keyOf))].sort()).toEqual(Object.keys(elsewhere).sort());
});

test.each(Object.entries(elsewhere))('what shows %j is there', (_, file) => {
  expect(existsSync(path.join(root, file))).toBe(true);
});

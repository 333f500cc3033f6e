import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readDocument } from './read-readme.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const inRoot = readdirSync(root).filter((name) => name.endsWith('.md'));
const inDocs = readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md'));
const documents = [...inRoot, ...inDocs.map((name) => `docs/${name}`)];

test.each(documents)('the links of %s lead to files and headings that are there', (document) => {
  for (const [, link] of readDocument(document).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
    const [file, heading] = link!.split('#');
    const target = file === '' ? document : path.join(path.dirname(document), file!);
    expect(existsSync(path.join(root, target)), link).toBe(true);
    if (heading !== undefined) expect(anchors(target), link).toContain(heading);
  }
});

test.each(inDocs)('README leads to docs/%s', (name) => {
  expect(readDocument('README.md')).toContain(`(docs/${name})`);
});

/** The headings of a document as GitHub names them in addresses. */
function anchors(document: string): string[] {
  return Array.from(readDocument(document).matchAll(/^#+ (.*)$/gm), ([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

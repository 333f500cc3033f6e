import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';

const built = fileURLToPath(new URL('../../dist/web/', import.meta.url));

it('the console loads less than 300 kB of script, as gzip, for its first page', () => {
  expect(existsSync(built), 'npm run build').toBe(true);
  const html = readFileSync(`${built}index.html`, 'utf8');
  const names = Array.from(
    html.matchAll(/(?:src|href)="\/backup\/([^"]+\.js)"/g),
    ([, name]) => name!,
  );
  expect(names.length).toBeGreaterThan(0);
  const bytes = names.reduce((sum, name) => sum + gzipSync(readFileSync(built + name)).length, 0);
  console.log(`first page of the console: ${(bytes / 1000).toFixed(0)} kB of script (gzip)`);
  expect(bytes).toBeLessThan(300_000);
});

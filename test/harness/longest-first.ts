import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, in that order. */
const longest = [
  ...[
    'e2e/self-test',
    'e2e/lost-workers',
    'e2e/console',
    'e2e/documents',
    'integration/postgres/incremental/trial',
    'e2e/errors',
    'e2e/offsite',
  ],
  ...['e2e/incremental', 'e2e/alerts', 'e2e/twenty-databases', 'integration/storage/multipart'],
  ...['e2e/kinds', 'e2e/backup', 'integration/postgres/kinds', 'e2e/incremental-rounds'],
  ...['e2e/cleanup', 'integration/postgres/dump-locks', 'e2e/once', 'e2e/encryption'],
].map((name) => `/test/${name}.test.ts`);

/**
 * A long file that begins last runs alone while the other core idles. vitest knows how long each took, but not on a fresh
 * clone, where it takes the length of the text for it.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files);
    return others.toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const place = longest.findIndex((name) => moduleId.endsWith(name));
  if (place >= 0) return place;
  return longest.length + (moduleId.includes('/test/e2e/') ? 0 : 1);
}

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, in that order. */
const longest = [
  ...[
    'self-test',
    'two-hosts',
    'documents',
    'offsite',
    'console',
    'kinds',
    'twenty-databases',
    'killed-worker',
    'errors',
  ],
  ...['backup', 'alerts', 'restore-interrupted', 'cleanup', 'incremental', 'encryption'],
].map((name) => `test/e2e/${name}.test.ts`);

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

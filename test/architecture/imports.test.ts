import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';

interface Rule {
  readonly name: string;
  readonly comment?: string;
  readonly from: { readonly path?: string };
}

const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
  readonly forbidden: readonly Rule[];
};

describe('the import rules', () => {
  test.each(forbidden.map((rule) => [rule.name, rule] as const))(
    '%s gives its reason',
    (_, rule) => {
      expect(rule.comment).toMatch(/^[A-Z].{20,}\.$/);
    },
  );

  test('have names of their own', () => {
    const names = forbidden.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each([
    'domain',
    'system',
    'postgres',
    'storage',
    'catalog',
    'temporal',
    'watch',
    'service',
    'cli',
  ])('hold src/%s', (folder) => {
    const holding = forbidden.filter(({ from }) => from.path?.startsWith(`^src/${folder}/`));
    expect(holding.length).toBeGreaterThan(0);
  });
});

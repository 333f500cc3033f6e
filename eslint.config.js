import tseslint from 'typescript-eslint';

const forbiddenInWorkflows = {
  patterns: [
    {
      group: [
        'node:*',
        'fs',
        'path',
        'os',
        'crypto',
        'child_process',
        'http',
        'https',
        'net',
        'pg',
      ],
      message: 'A workflow must be deterministic: I/O belongs into an activity.',
    },
    {
      regex: '^(?!\\.)(?!@temporalio/(workflow|common)$)',
      message: 'The workflow bundle holds the Temporal SDK and our own pure rules only.',
    },
  ],
};

export default tseslint.config(
  { ignores: ['dist', 'var', 'coverage', 'node_modules'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js', '*.cjs', 'bin/*', 'scripts/*.mjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 10],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', forbiddenInWorkflows],
      'no-restricted-globals': [
        'error',
        {
          name: 'fetch',
          message: 'A workflow must be deterministic: I/O belongs into an activity.',
        },
        { name: 'process', message: 'Settings are resolved by an activity, never in a workflow.' },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'scripts/**'],
    rules: {
      'max-lines-per-function': 'off', // a describe block is one function
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['**/*.js', '**/*.mjs', '**/*.cjs', 'bin/*'], ...tseslint.configs.disableTypeChecked },
);

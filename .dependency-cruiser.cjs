/** The arrows of the architecture: an import only ever points one way. */

/** `from` may import what lies in `allowed` and nothing else of ours. */
function only(name, from, allowed, comment) {
  const paths = [from, ...allowed].map((each) => `^${each}`);
  return {
    name,
    comment,
    severity: 'error',
    from: { path: `^${from}` },
    to: { path: '^(src|workflows|activities|test|scripts)/', pathNot: paths },
  };
}

const errors = 'src/(errors|secret|version)\\.ts$';
const domain = 'src/domain/';
const system = 'src/system/';
const postgres = 'src/postgres/';
const config = 'src/config(\\.ts$|/)';
const tools = [errors, domain, system];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle has no bottom to read or to test it from.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'It would fail only when it runs.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared',
      comment: 'What we import is in package.json, else a fresh install breaks.',
      severity: 'error',
      from: { path: '^(src|workflows|activities)/', pathNot: '^src/web/' }, // it is built
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    only(
      'domain-is-pure',
      domain,
      ['src/errors\\.ts$'],
      'Rules take data and give data: testable without a world.',
    ),
    {
      name: 'domain-does-no-io',
      comment: 'Rules run in the workflow sandbox and in tests without a world.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { dependencyTypes: ['core', 'npm'] },
    },
    only(
      'system-knows-no-database',
      system,
      [errors, domain],
      'Files, processes and locks are below everything else.',
    ),
    only(
      'postgres-looks-down',
      postgres,
      tools,
      'PostgreSQL work knows neither settings nor who asks for it.',
    ),
    only(
      'artifact-looks-down',
      'src/artifact/',
      tools,
      'Sealing files needs no server and no settings.',
    ),
    only(
      'storage-looks-down',
      'src/storage/',
      tools,
      'A destination stores bytes and knows nothing of backups.',
    ),
    only(
      'catalog-looks-down',
      'src/catalog/',
      [...tools, postgres],
      'The catalog records, others decide.',
    ),
    only('notify-looks-down', 'src/notify/', tools, 'A message is sent, whoever wants it sent.'),
    only(
      'config-looks-down',
      config,
      [...tools, 'src/postgres/connection'],
      'Settings describe the world and do not touch it.',
    ),
    only(
      'temporal-looks-down',
      'src/temporal/',
      tools,
      'Connection, schedules and worker carry whatever work they are given.',
    ),
    only(
      'watch-looks-down',
      'src/watch/',
      [
        ...tools,
        postgres,
        config,
        'src/log\\.ts$',
        'src/(artifact|storage|catalog|notify|temporal)/',
      ],
      'The watch runs with and without Temporal: neither a step nor a use case may be its ground.',
    ),
    only(
      'activities-do-one-step',
      'activities/',
      [
        ...tools,
        postgres,
        config,
        'src/log\\.ts$',
        'src/(artifact|storage|catalog|notify|temporal|watch)/',
      ],
      'An activity is called by Temporal only: it knows no command line, API or use case.',
    ),
    only(
      'workflows-are-deterministic',
      'workflows/',
      [domain, 'src/errors\\.ts$', 'src/temporal/names\\.ts$', 'activities/index\\.ts$'],
      'A workflow is replayed: it decides, activities touch the world.',
    ),
    {
      name: 'workflows-import-no-activity-code',
      comment: 'Activities would drag Node and pg into the bundle; their types are enough.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: '^activities/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'workflows-use-the-sdk-only',
      comment: 'The sandbox has no Node, and anything else may differ when it is replayed.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: {
        dependencyTypes: ['core', 'npm'],
        pathNot: 'node_modules/@temporalio/(workflow|common)/',
      },
    },
    only(
      'service-is-below-its-callers',
      'src/service/',
      [
        ...tools,
        postgres,
        config,
        'src/log\\.ts$',
        'src/(artifact|storage|catalog|notify|temporal|watch)/',
      ],
      'Use cases serve command line and API alike, so they know neither; workflows are started by name.',
    ),
    only(
      'cli-goes-through-service',
      'src/cli/',
      [errors, domain, config, 'src/log\\.ts$', 'src/service/'],
      'What a command does is a use case, which the API must have too; a command reads words and prints.',
    ),
    only(
      'api-goes-through-service',
      'src/api/',
      [errors, domain, config, 'src/log\\.ts$', 'src/service/'],
      'What a route does is a use case, which the command line must have too.',
    ),
    only(
      'web-asks-the-api',
      'src/web/',
      [domain, errors, 'src/api/[a-z-]*contract\\.ts$'],
      'The console runs in a browser: it knows the contract of the API and pure rules, nothing behind them.',
    ),
    {
      name: 'main-is-the-root',
      comment:
        'What puts the system together may import everything, so nothing may import it but the program and the library.',
      severity: 'error',
      from: {
        path: '^(src|workflows|activities)/',
        pathNot: '^src/(main|index|composition)\\.ts$',
      },
      to: { path: '^src/(main|index|composition|worker-process)\\.ts$' },
    },
    {
      name: 'no-test-code',
      comment: 'Tests are not installed.',
      severity: 'error',
      from: { path: '^(src|workflows|activities)/' },
      to: { path: '^test/' },
    },
    {
      name: 'one-face-for-settings',
      comment: 'Settings are read through src/config.ts; what is behind it may change.',
      severity: 'error',
      from: {
        path: '^(src|workflows|activities)/',
        pathNot: '^src/(config(\\.ts$|/)|composition\\.ts$)',
      },
      to: { path: '^src/config/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};

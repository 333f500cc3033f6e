import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { dumpFormats } from '../domain/dump-layout.ts';
import { consoleSettings } from './console.ts';
import { objectives } from './objectives.ts';
import { retentionSchema } from './retention.ts';
import { alerts } from './alerts.ts';
import { encryption } from './encryption.ts';
import { oss } from './oss.ts';
import { s3 } from './s3.ts';
import { schedules, time } from './schedules.ts';
import { filePath, oneOf, secret, text, wholeNumber, yesOrNo, type Setting } from './setting.ts';
import { tableGroups } from './table-groups.ts';

const perDatabase = {
  enabled: yesOrNo({
    environment: 'BACKUP_ENABLED',
    fallback: true,
    help: 'Whether the schedules run; backups by hand always do',
  }),
  schedule: time({
    environment: 'BACKUP_SCHEDULE',
    fallback: '00:00',
    help: 'When the daily full backup starts, in the time zone below',
  }),
  schedules,
  objectives,
  retentionDays: wholeNumber(0, 36_500, {
    environment: 'BACKUP_RETENTION_DAYS',
    fallback: 30,
    help: 'Days that local backups are kept; 0 keeps them for ever',
  }),
  retention: retentionSchema,
  dump: {
    jobs: wholeNumber(1, 64, {
      environment: 'BACKUP_DUMP_JOBS',
      fallback: () => Math.min(availableParallelism(), 4),
      fallbackText: 'number of processor cores, at most 4',
      help: 'Tables that are dumped and restored at the same time',
    }),
    maxBlockSeconds: wholeNumber(1, 86_400, {
      environment: 'BACKUP_MAX_BLOCK_SECONDS',
      fallback: 60,
      help: 'How long a dump may hold up a statement of the application that waits for its locks',
    }),
    lockTimeoutSeconds: wholeNumber(1, 3_600, {
      environment: 'BACKUP_LOCK_TIMEOUT_SECONDS',
      fallback: 5,
      help: 'How long a dump waits for the locks on all tables before it tries again',
    }),
  },
  proof: {
    incrementals: oneOf(['always', 'daily', 'never'], {
      environment: 'BACKUP_PROVE_INCREMENTALS',
      fallback: 'always',
      help: 'Which incrementals are test-restored when they are made: `always` each, `daily` the first of a day, or `never` any; the others stay unproven until `verify`',
    }),
    keepFull: yesOrNo({
      environment: 'BACKUP_KEEP_FULL_RESTORED',
      fallback: false,
      help: 'Keep the newest full restored, unencrypted and on this machine, for a day: its incrementals are proven on copies of it, sooner; where the disk has room for four times the database, and not with `format: custom`',
    }),
  },
  format: oneOf(dumpFormats, {
    environment: 'BACKUP_FORMAT',
    fallback: 'directory',
    help: 'How artifacts are written: a `directory` for pg_restore in a tar archive, `plain` SQL for psql, or one `custom` file for pg_restore',
  }),
  modules: tableGroups({
    environment: 'BACKUP_MODULES',
    fallback: Object.freeze({}),
    fallbackText: 'none',
    help: 'Named sets of tables that can be backed up on their own',
  }),
  compression: {
    algorithm: oneOf(['zstd', 'gzip'], {
      environment: 'BACKUP_COMPRESSION',
      fallback: 'zstd',
      help: 'How artifacts are compressed',
    }),
    level: wholeNumber(1, 19, {
      environment: 'BACKUP_COMPRESSION_LEVEL',
      fallback: 3,
      help: 'Compression level: 1 to 19 for zstd, 1 to 9 for gzip',
    }),
  },
};

const pathAbout = (environment: string, help: string) =>
  filePath({ environment, fallback: null, fallbackText: 'none', help });
const optional = (environment: string | string[], help: string, fallbackText = 'none') =>
  text({ environment, fallback: null, fallbackText, help });

/** Every setting, nested as in `pma-backup.yaml`; `databases` is read beside it. */
export const schema = {
  ...perDatabase,
  timeZone: text(
    {
      environment: 'TZ',
      fallback: systemTimeZone,
      fallbackText: `the system's`,
      help: 'Zone of the schedules and of times shown to people',
    },
    `a time zone name such as 'Asia/Shanghai' or 'UTC'`,
    isTimeZone,
  ),
  location: filePath({
    environment: 'BACKUP_LOCATION',
    fallback: null,
    fallbackText: '`backups` in the state directory',
    help: 'Directory of the local destination',
  }),
  stateDirectory: filePath({
    environment: 'PMA_STATE_DIR',
    fallback: () => path.join(checkout() ?? process.cwd(), 'var'),
    fallbackText: '`var` in the checkout, else in the current directory',
    help: 'Directory of everything that has to outlive a restart: embedded servers, work files, locks',
  }),
  catalogUrl: secret({
    environment: 'CATALOG_DATABASE_URL',
    fallbackText: 'an embedded PostgreSQL',
    help: 'PostgreSQL database of the catalog',
  }),
  verifyUrl: secret({
    environment: 'VERIFY_DATABASE_URL',
    fallbackText: 'a throw-away PostgreSQL',
    help: 'PostgreSQL server for test restores, with the right to create databases and roles',
  }),
  temporal: {
    address: optional(
      'TEMPORAL_ADDRESS',
      'Temporal frontend, `host:port`',
      'an embedded dev server',
    ),
    namespace: text({
      environment: 'TEMPORAL_NAMESPACE',
      fallback: 'default',
      help: 'Temporal namespace',
    }),
    apiKey: secret({
      environment: 'TEMPORAL_API_KEY',
      fallbackText: 'none',
      help: 'API key of Temporal Cloud; switches TLS on',
    }),
    cliPath: filePath({
      environment: 'TEMPORAL_CLI_PATH',
      fallback: null,
      fallbackText: '`PATH`, then our cache',
      help: 'The `temporal` program that runs the embedded dev server',
    }),
    tls: {
      enabled: yesOrNo({
        environment: 'TEMPORAL_TLS',
        fallback: false,
        help: 'Connect with TLS; implied by an API key and by any certificate',
      }),
      clientCertPath: pathAbout('TEMPORAL_TLS_CLIENT_CERT_PATH', 'Client certificate (PEM)'),
      clientCertData: optional('TEMPORAL_TLS_CLIENT_CERT_DATA', 'The same as text'),
      clientKeyPath: pathAbout('TEMPORAL_TLS_CLIENT_KEY_PATH', 'Key of the client certificate'),
      clientKeyData: secret({
        environment: 'TEMPORAL_TLS_CLIENT_KEY_DATA',
        fallbackText: 'none',
        help: 'The same as text',
      }),
      serverCaCertPath: pathAbout(
        'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
        `Server's certificate authority`,
      ),
      serverCaCertData: optional('TEMPORAL_TLS_SERVER_CA_CERT_DATA', 'The same as text'),
      serverName: optional('TEMPORAL_TLS_SERVER_NAME', 'Name expected in the server certificate'),
      disableHostVerification: yesOrNo({
        environment: 'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION',
        fallback: false,
        help: 'Accept any server certificate',
      }),
    },
  },
  alerts,
  ports: {
    temporal: port('PMA_TEMPORAL_PORT', 7233, 'Embedded Temporal server'),
    temporalUi: port('PMA_TEMPORAL_UI_PORT', 8233, 'Its web UI'),
    console: port('PMA_CONSOLE_PORT', 8080, 'Our console and API'),
  },
  console: consoleSettings,
  workerMetrics: text(
    {
      environment: 'PMA_WORKER_METRICS',
      fallback: null,
      fallbackText: 'none',
      help: `Where a worker answers Prometheus with Temporal's numbers and its own, as in \`127.0.0.1:9464\``,
    },
    `an address and a port, as in '127.0.0.1:9464'`,
    (value) => /^(\d+\.\d+\.\d+\.\d+|\[[\da-f:]+\]):\d+$/i.test(value),
  ),
  stallSeconds: wholeNumber(1, 604_800, {
    environment: 'BACKUP_STALL_SECONDS',
    fallback: 1800,
    help: 'A dump or restore that makes no progress at all for so long is stopped and tried again',
  }),
  hostPatienceSeconds: wholeNumber(10, 86_400, {
    environment: 'BACKUP_HOST_PATIENCE_SECONDS',
    fallback: 600,
    help: 'A backup whose host takes no work for so long is taken over by another host, from the dump',
  }),
  limits: {
    runsPerWorker: wholeNumber(1, 1000, {
      environment: 'BACKUP_RUNS_PER_WORKER',
      fallback: 2,
      help: 'Backups that one host makes at the same time, from the dump to the proof',
    }),
    dumpsPerServer: wholeNumber(1, 1000, {
      environment: 'BACKUP_DUMPS_PER_SERVER',
      fallback: 2,
      help: 'Dumps of databases of one PostgreSQL server at the same time',
    }),
  },
  logLevel: oneOf(['debug', 'info', 'warn', 'error', 'silent'], {
    environment: 'LOG_LEVEL',
    fallback: 'info',
    help: 'Least important message that is logged',
  }),
  logFormat: oneOf(['auto', 'text', 'json'], {
    environment: 'LOG_FORMAT',
    fallback: 'auto',
    help: 'Form of the log; `auto` is text on a terminal and JSON lines elsewhere',
  }),
  encryption,
  s3,
  cloudReadDays: wholeNumber(1, 3650, {
    environment: 'BACKUP_CLOUD_READ_DAYS',
    fallback: 90,
    help: 'Days within which the weekly check reads each cloud copy whole once; in between it compares size and checksum',
  }),
  oss,
};

/** The part of the schema that each entry of `databases` may say anew. */
export const databaseSchema = perDatabase;

/** A tree of settings, and the values that belong to it. */
export interface Tree {
  readonly [name: string]: Setting<unknown> | Tree;
}
export type Values<T> = {
  readonly [K in keyof T]: T[K] extends Setting<infer V> ? V : Values<T[K]>;
};

export function isSetting(node: Setting<unknown> | Tree): node is Setting<unknown> {
  return 'type' in node && 'parse' in node.type;
}

/** All settings of a tree with their dotted names. */
export function flatten(tree: Tree, prefix = ''): [name: string, setting: Setting<unknown>][] {
  return Object.entries(tree).flatMap(([name, node]) =>
    isSetting(node)
      ? [[`${prefix}${name}`, node] as [string, Setting<unknown>]]
      : flatten(node, `${prefix}${name}.`),
  );
}

/** The directory of our own `package.json`, where we run from a checkout and not as an installed package. */
export function checkout(): string | undefined {
  let directory = import.meta.dirname;
  while (!existsSync(path.join(directory, 'package.json'))) {
    if (directory === path.dirname(directory)) return undefined;
    directory = path.dirname(directory);
  }
  return directory.split(path.sep).includes('node_modules') ? undefined : directory;
}

function port(environment: string, fallback: number, help: string): Setting<number> {
  return wholeNumber(1, 65_535, {
    environment,
    fallback,
    help: `${help}: this port, or a free one if it is taken`,
  });
}

function systemTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

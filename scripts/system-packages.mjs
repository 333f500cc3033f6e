// The programs that we run: named in one line when they are missing, or installed where we may.
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/** Each with the Debian package that brings it. */
const needed = [
  ['initdb', 'postgresql'],
  ['postgres', 'postgresql'],
  ['pg_dump', 'postgresql-client'],
  ['pg_restore', 'postgresql-client'],
  ['psql', 'postgresql-client'],
  ['zstd', 'zstd'],
  ['tar', 'tar'],
  ['flock', 'util-linux'],
  ...(process.platform === 'linux' ? [['setpriv', 'util-linux']] : []),
];

/** Not needed by everybody, and not everywhere in the packages: without it npm's library encrypts, slowly. */
const useful = [['age', 'age']];

/** Says what is missing, of `programs` too, and how to install it; with `install`, as root on Debian, installs it. */
export function prepareSystem({ install, programs, say, fail }) {
  const wanted = [...needed, ...programs, ...(install ? useful : [])];
  const missing = wanted.filter(([program]) => !isInstalled(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, name]) => name))];
  const names = missing.map(([program]) => program).join(', ');
  if (!install || process.getuid?.() !== 0 || !isInstalled('apt-get')) {
    say(`missing programs: ${names}; install them: ${command(packages)}`);
    return; // not every command needs them: the one that does will say so
  }
  say(`installing ${packages.join(' ')} for the missing programs ${names}`);
  installDebian(packages, fail);
}

function installDebian(packages, fail) {
  apt(['update', '-qq'], fail);
  if (packages.includes('postgresql') && !existsSync('/etc/postgresql-common')) {
    apt(['install', '-y', '-qq', '--no-install-recommends', 'postgresql-common'], fail);
    // Else the package would make a server that nobody asked for, and start it.
    const file = '/etc/postgresql-common/createcluster.conf';
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    writeFileSync(file, `${text}\ncreate_main_cluster = false\n`);
  }
  apt(['install', '-y', '-qq', '--no-install-recommends', ...packages], fail);
}

function apt(args, fail) {
  const { status } = spawnSync('apt-get', args, {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status !== 0) fail(`'apt-get ${args.join(' ')}' failed with exit status ${status}`);
}

function command(packages) {
  if (process.platform === 'darwin') return 'brew install postgresql zstd flock';
  if (isInstalled('apt-get')) return `apt-get update && apt-get install -y ${packages.join(' ')}`;
  if (isInstalled('dnf')) return 'dnf install -y postgresql-server postgresql zstd util-linux tar';
  if (isInstalled('apk')) return 'apk add postgresql postgresql-client zstd util-linux tar';
  return packages.join(' ');
}

function isInstalled(program) {
  return directories().some((directory) => isExecutable(path.join(directory, program)));
}

function directories() {
  return [
    ...(process.env.PATH ?? '').split(path.delimiter),
    ...versions('/usr/lib/postgresql', /^\d+$/),
    ...versions('/usr', /^pgsql-\d+$/),
    ...versions('/opt/homebrew/opt', /^(postgresql@\d+|libpq)$/),
    ...versions('/usr/local/opt', /^(postgresql@\d+|libpq)$/),
  ];
}

function versions(parent, name) {
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .filter((entry) => name.test(entry))
    .map((entry) => path.join(parent, entry, 'bin'));
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

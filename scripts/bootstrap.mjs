// What a fresh clone lacks before our own code can run: npm packages, the build, system packages. Node's own modules only.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareSystem } from './system-packages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = path.join(root, 'dist');
const stamp = path.join(dist, '.built-from');
const sources = [
  ...['src', 'workflows', 'activities'],
  ...['tsconfig.json', 'tsconfig.build.json', 'vite.config.ts'],
];

/**
 * Makes everything ready, `programs` too; gives the arguments without those that were for us. All it says goes to
 * standard error.
 */
export function prepare(argv, programs = []) {
  const install = process.env.CI === 'true' || argv.includes('--install');
  prepareSystem({ install, programs, say, fail });
  // An installed package brings its build along and no sources.
  if (existsSync(path.join(root, 'tsconfig.json')) && !(packagesFit() && buildFits())) {
    withLock(() => {
      if (!packagesFit()) installPackages();
      if (!buildFits()) build();
    });
  }
  return argv.filter((argument) => argument !== '--install');
}

/** Ends with one line for the user. */
export function fail(message) {
  throw Object.assign(new Error(message), { isBootstrapError: true });
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

// Two first starts at once: the second waits for what the first makes. The kernel lets go of it when we die.
function withLock(use) {
  mkdirSync(dist, { recursive: true });
  const lock = openSync(path.join(dist, '.lock'), 'a');
  try {
    spawnSync('flock', ['3'], { stdio: ['ignore', 'ignore', 'ignore', lock] });
    use();
  } finally {
    closeSync(lock);
  }
}

/** Whether node_modules holds what the lock file says, by the list that npm itself keeps there. */
function packagesFit() {
  const wanted = packagesIn('package-lock.json');
  const got = packagesIn('node_modules/.package-lock.json');
  return Object.entries(wanted).every(
    ([place, { version, optional, devOptional, peer, link }]) =>
      place === '' ||
      link ||
      (got[place] ? got[place].version === version : optional || devOptional || peer),
  );
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), 'utf8')).packages;
  } catch {
    return {}; // none, or half written: then nothing fits
  }
}

function installPackages() {
  say('installing the npm packages (once)');
  run('npm', ['ci', '--loglevel=error', '--no-progress', '--include=dev']);
}

function buildFits() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprintOfSources();
}

function build() {
  say('building (once per change)');
  const fingerprint = fingerprintOfSources(); // before: what changes meanwhile is built at the next start
  run('npm', ['run', '--silent', 'build']);
  writeFileSync(stamp, fingerprint);
}

function fingerprintOfSources() {
  const hash = createHash('sha256');
  for (const name of sources) for (const line of listing(path.join(root, name))) hash.update(line);
  return hash.update(readFileSync(path.join(root, 'package-lock.json'))).digest('hex');
}

function listing(place) {
  const entry = statSync(place, { throwIfNoEntry: false });
  if (!entry) return [];
  if (!entry.isDirectory()) {
    return [`${path.relative(root, place)} ${entry.size} ${entry.mtimeMs}\n`];
  }
  return readdirSync(place)
    .sort()
    .flatMap((name) => listing(path.join(place, name)));
}

function run(program, args) {
  const { status, error, stdout } = spawnSync(program, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) fail(`'${program}' cannot be run: ${error.message}`);
  if (status === 0) return;
  process.stderr.write(stdout);
  fail(`'${program} ${args.join(' ')}' failed with exit status ${status}`);
}

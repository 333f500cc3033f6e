// `npm run fuzz`: holds the API against its OpenAPI document with schemathesis (`pip install schemathesis`), which asks
// every operation for sense and nonsense. Starts a service of its own. Arguments go to schemathesis.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { fail, prepare } from './bootstrap.mjs';

const program = fileURLToPath(new URL('../bin/pma-backup', import.meta.url));
const configuration = fileURLToPath(new URL('fuzz.toml', import.meta.url));
const schemathesis = process.env.SCHEMATHESIS ?? 'st';

const but = (...ids) => ids.flatMap((id) => ['--exclude-operation-id', id]);
// The stream of events never ends. The doctor takes seconds each time, and no parameters. Whatever removes tokens comes
// last: it finds our own.
const rounds = [
  ['--phases', 'coverage', ...but('events', 'removeToken')],
  ['--phases', 'fuzzing', '--max-examples', '20', ...but('events', 'removeToken', 'examine')],
  ['--phases', 'coverage', '--include-operation-id', 'removeToken'],
];
// What the document allows may still be refused: a database that is not there, a target that is not free.
const checks = [
  ...['not_a_server_error', 'status_code_conformance', 'content_type_conformance'],
  ...['response_headers_conformance', 'response_schema_conformance', 'negative_data_rejection'],
  ...['ignored_auth', 'unsupported_method'],
];

try {
  const args = prepare(process.argv.slice(2));
  if (spawnSync(schemathesis, ['--version']).status !== 0) {
    fail(`'${schemathesis}' is not there: pip install schemathesis, or say where in SCHEMATHESIS`);
  }
  process.exitCode = await withService(async ({ origin, token }) => fuzz({ origin, token, args }));
} catch (error) {
  process.stderr.write(`npm run fuzz: ${error.isBootstrapError ? error.message : error.stack}\n`);
  process.exitCode = 1;
}

async function fuzz({ origin, token, args }) {
  let worst = 0;
  for (const round of rounds) {
    const options = [
      ...['--config-file', configuration, 'run', `${origin}/backup/api/openapi.json`],
      ...['--header', `Authorization: Bearer ${token}`, '--checks', checks.join(',')],
      ...['--request-timeout', '30', '--seed', '1', '--no-color', ...round, ...args],
    ];
    const child = spawn(schemathesis, options, { stdio: 'inherit' });
    const [status] = await once(child, 'exit');
    worst = Math.max(worst, status ?? 1);
  }
  return worst;
}

async function withService(use) {
  const directory = await mkdtemp(path.join(tmpdir(), 'pma-fuzz-'));
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, PMA_STATE_DIR: directory };
  const child = spawn(program, ['up', '--json'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    const password = told(child.stderr, /with the password (\S+)/);
    const url = told(child.stdout, /"console":"([^"]+)"/);
    const { origin } = new URL(await url);
    return await use({ origin, token: await tokenOf(origin, await password) });
  } finally {
    const ended = child.exitCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGTERM');
    await ended;
    await rm(directory, { recursive: true, force: true });
  }
}

/** What the first line that fits says; whatever else comes is read and dropped. */
async function told(stream, pattern) {
  const lines = createInterface({ input: stream });
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const found = pattern.exec(line);
      if (found) resolve(found[1]);
    });
    lines.once('close', () => reject(new Error('the service ended before it was ready')));
  });
}

/** The first administrator chooses a password, and makes a token that may do all. */
async function tokenOf(origin, password) {
  const own = 'chosen for the fuzzing alone';
  const first = await logIn(origin, password);
  await first('POST', '/session/password', { password, newPassword: own });
  const admin = await logIn(origin, own);
  const scopes = [
    'read',
    'backup',
    'download',
    'restore',
    'cleanup',
    'schedule',
    'audit',
    'access',
  ];
  return (await admin('POST', '/tokens', { name: 'fuzz', scopes, days: 1 })).secret;
}

async function logIn(origin, password) {
  const headers = {};
  const ask = async (method, place, body) => {
    const answer = await fetch(`${origin}/backup/api${place}`, {
      ...{ method, body: body && JSON.stringify(body) },
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    });
    if (!answer.ok) throw new Error(`${method} ${place}: ${answer.status} ${await answer.text()}`);
    const [cookie] = answer.headers.getSetCookie();
    if (cookie && place === '/session') headers.cookie = cookie.split(';')[0];
    const text = await answer.text();
    return text === '' ? undefined : JSON.parse(text);
  };
  await ask('POST', '/session', { user: 'admin', password });
  headers['x-csrf-token'] = (await ask('GET', '/session')).csrf;
  return ask;
}

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupSummary } from '../../src/domain/backup.ts';
import type { Status } from '../../src/service/status.ts';
import { removeTree } from '../../src/system/files.ts';
import { createTestServiceFor, type ServiceWithDatabase } from '../harness/service.ts';

const run = promisify(execFile);
const checkout = fileURLToPath(new URL('../..', import.meta.url));
let place: string;
let service: ServiceWithDatabase;

// What `npm pack` makes, installed outside of the repository; of our node_modules only what the package declares is there.
beforeAll(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'pma-package-'));
  const modules = path.join(place, 'node_modules');
  const home = path.join(modules, 'pma-backup');
  await mkdir(home, { recursive: true });
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', place];
  const { stdout } = await run('npm', pack, { cwd: checkout });
  await run('tar', ['-xzf', path.join(place, stdout.trim()), '-C', home, '--strip-components=1']);
  const { dependencies } = JSON.parse(await readFile(path.join(home, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    await mkdir(path.dirname(path.join(modules, name)), { recursive: true });
    await symlink(path.join(checkout, 'node_modules', name), path.join(modules, name));
  }
  service = await createTestServiceFor(
    'package',
    'CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders SELECT generate_series(1, 100)',
  );
}, 60_000);

afterAll(async () => {
  await service.close();
  await removeTree(place);
});

const installed = (file: string, ...args: string[]) =>
  run(file, args, { cwd: place, env: service.environment });

test('the command line of the package works outside of the repository', async () => {
  const program = path.join(place, 'node_modules', 'pma-backup', 'bin', 'pma-backup');
  const { stdout } = await installed(program, 'list', '--json');
  expect(JSON.parse(stdout)).toEqual([]);
});

test('the script of docs/typescript.md makes proven backups and reads how all stands', async () => {
  const [script = ''] = await scripts();
  expect(script.trimEnd().split('\n')).toHaveLength(6);
  await writeFile(path.join(place, 'script.mjs'), script);
  const { stdout } = await installed(process.execPath, 'script.mjs');
  const [full, incremental, databases] = JSON.parse(stdout) as [
    BackupSummary,
    BackupSummary,
    Status['databases'],
  ];
  expect(full).toMatchObject({ kind: 'full', state: 'proven' });
  expect(incremental).toMatchObject({ kind: 'incremental', state: 'proven' });
  expect(databases).toMatchObject([{ counts: { proven: 2 }, newestProven: { id: full.id } }]);
}, 120_000);

test('restoring over something needs a yes, and a failure is an error with code and hint', async () => {
  const script = `
    import { BackupError, getBackupService } from 'pma-backup';
    const target = process.env.DATABASE_URL;
    const error = await getBackupService().restoreBackup({ target, clean: true }).catch((each) => each);
    console.log(JSON.stringify([error instanceof BackupError, error.code, error.hint]));`;
  await writeFile(path.join(place, 'refused.mjs'), script);
  const { stdout } = await installed(process.execPath, 'refused.mjs');
  expect(JSON.parse(stdout)).toEqual([true, 'usage', expect.stringContaining('confirm')]);
}, 60_000);

test('every line of docs/typescript.md fits the types that the package brings', async () => {
  const sources = await scripts();
  for (const [index, source] of sources.entries())
    await writeFile(path.join(place, `typed-${index}.mts`), source);
  await symlink(
    path.join(checkout, 'node_modules', '@types'),
    path.join(place, 'node_modules', '@types'),
  );
  const files = sources.map((_, index) => `typed-${index}.mts`);
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--types',
    'node',
  ];
  const tsc = path.join(checkout, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout } = await installed(process.execPath, tsc, ...options, '--skipLibCheck', ...files);
  expect(stdout).toBe('');
}, 60_000);

async function scripts(): Promise<string[]> {
  const text = await readFile(path.join(checkout, 'docs', 'typescript.md'), 'utf8');
  return Array.from(text.matchAll(/^```ts\n([^]*?)^```$/gm), ([, source = '']) => source);
}

// `npm test`: on a fresh clone, too. Arguments go to vitest.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { prepare } from './bootstrap.mjs';

try {
  const programs = [
    ['chromium', 'chromium'],
    ['pgbouncer', 'pgbouncer'],
  ];
  const args = prepare(process.argv.slice(2), programs);
  const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
  const { status, signal } = spawnSync(process.execPath, [vitest, 'run', ...args], {
    stdio: 'inherit',
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  });
  process.exitCode = signal ? 130 : (status ?? 1);
} catch (error) {
  if (!error.isBootstrapError) throw error;
  process.stderr.write(`npm test: ${error.message}\n`);
  process.exitCode = 1;
}

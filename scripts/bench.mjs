// `npm run bench`: on a fresh clone, too. `npm run bench -- --help` tells the options.
import { prepare } from './bootstrap.mjs';

try {
  const args = prepare(process.argv.slice(2));
  const { main } = await import('../bench/main.mjs');
  process.exitCode = await main(args);
} catch (error) {
  if (!error.isBootstrapError) throw error;
  process.stderr.write(`npm run bench: ${error.message}\n`);
  process.exitCode = 1;
}

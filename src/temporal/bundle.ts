import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';

const builtBundle = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));

/** Our workflows as one piece of code: takes seconds. */
export async function bundleWorkflows(): Promise<{ code: string }> {
  const extension = extname(import.meta.url); // .ts where the sources run, .js in dist
  const entry = new URL(`../../workflows/index${extension}`, import.meta.url);
  const quiet = (): void => undefined;
  return bundleWorkflowCode({
    workflowsPath: fileURLToPath(entry),
    logger: {
      log: quiet,
      trace: quiet,
      debug: quiet,
      info: quiet,
      warn: console.warn,
      error: console.error,
    },
  });
}

/** What `npm run build` has bundled, else bundled now. */
export async function workflowBundle(): Promise<WorkflowBundleOption> {
  return existsSync(builtBundle) ? { codePath: builtBundle } : bundleWorkflows();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { code } = await bundleWorkflows();
  await writeFile(builtBundle, code);
}

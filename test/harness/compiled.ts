import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `src` as Node itself runs it, for processes that a test kills; remove the directory that it gives. */
export async function compileSource(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'pma-compiled-'));
  const names = await readdir(path.join(root, 'src'), { recursive: true });
  await writeFile(path.join(directory, 'package.json'), '{"type": "module"}');
  await symlink(path.join(root, 'node_modules'), path.join(directory, 'node_modules'));
  for (const name of names.filter((each) => each.endsWith('.ts'))) {
    const target = path.join(directory, 'src', name.replace(/ts$/, 'js'));
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, compile(await readFile(path.join(root, 'src', name), 'utf8')));
  }
  return directory;
}

function compile(text: string): string {
  const compilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2023,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
  };
  return ts.transpileModule(text, { compilerOptions }).outputText;
}

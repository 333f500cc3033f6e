import { copyFile, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createHash, randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noKeys } from '../../../src/artifact/encryption.ts';
import { openSealedFiles } from '../../../src/artifact/open.ts';
import { compareSealedFile, seal as sealFile } from '../../../src/artifact/seal.ts';
import type { Artifact, Compression } from '../../../src/domain/manifest.ts';
import { removeTree } from '../../../src/system/files.ts';

const never = new AbortController().signal;
const id = 'app_full_20261122_124736';
// Random: in a run of equal bytes a flipped bit may decompress to the same.
const contents = randomBytes(3_000_000);
let root: string;
let whole: { readonly directory: string; readonly member: string; readonly as: 'tar' };

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'seal-'));
  whole = { directory: root, member: id, as: 'tar' };
  await mkdir(path.join(root, id, 'dump', '子目录'), { recursive: true });
  await writeFile(path.join(root, id, 'dump', 'toc.dat'), contents);
  await writeFile(path.join(root, id, 'dump', '子目录', `it's "odd" $name`), 'data');
});

afterAll(() => removeTree(root));

describe.each(['zstd', 'gzip'] as const)('a file sealed with %s', (compression) => {
  it('has the sha256 that was taken on the way, equals the directory, and opens to the same files', async () => {
    const { file, sealed } = await seal(compression);
    const bytes = await readFile(file);
    expect(sealed.bytes).toBe(bytes.length);
    expect(sealed.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    await compareSealedFile({ ...whole, file, compression, keys: noKeys, signal: never });
    const directory = path.join(root, `open-${compression}`);
    await mkdir(directory);
    await copyFile(file, path.join(directory, 'sealed'));
    const manifest = { id, artifact: artifact(compression, sealed) };
    const opened = await openSealedFiles({ directory, manifest, keys: noKeys, signal: never });
    expect(await readFile(path.join(opened, 'dump', '子目录', `it's "odd" $name`), 'utf8')).toBe(
      'data',
    );
  });

  it('is refused when one bit of it flipped, by its sha256 and by the comparison', async () => {
    const { file, sealed } = await seal(compression);
    const bytes = await readFile(file);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = bytes[middle]! ^ 1;
    await writeFile(file, bytes);
    const damaged = { code: 'artifact_corrupted' };
    const directory = path.join(root, `never-${compression}`);
    await mkdir(directory);
    await copyFile(file, path.join(directory, 'sealed'));
    const manifest = { id, artifact: artifact(compression, sealed) };
    await expect(
      openSealedFiles({ directory, manifest, keys: noKeys, signal: never }),
    ).rejects.toMatchObject(damaged);
    await expect(
      compareSealedFile({ ...whole, file, compression, keys: noKeys, signal: never }),
    ).rejects.toMatchObject(damaged);
  });

  it('holds a script or a single file as it is, and opens with what lies beside it', async () => {
    const common = {
      compression,
      level: 3,
      keys: noKeys,
      signal: never,
      onBytes: () => undefined,
      onReadBack: () => undefined,
    } as const;
    const directory = path.join(root, `beside-${compression}`);
    const sealInto = async (file: string, member: string, as: 'tar' | 'file') => {
      const what = { ...common, directory: root, member, as, file: path.join(directory, file) };
      await mkdir(directory, { recursive: true });
      const sealed = await sealFile(what);
      await compareSealedFile(what);
      return { file, ...sealed };
    };
    const script = await sealInto('sealed.sql', path.join(id, 'dump', 'toc.dat'), 'file');
    const verify = await sealInto('sealed.verify.tar', path.join(id, 'dump', '子目录'), 'tar');
    const plain = { ...artifact(compression, script), ...script, format: 'plain' } as const;
    const manifest = { id, artifact: plain, verify };
    const opened = await openSealedFiles({ directory, manifest, keys: noKeys, signal: never });
    expect(contents.equals(await readFile(path.join(opened, 'dump.sql')))).toBe(true);
    expect(await readdir(path.join(opened, 'dump', '子目录'))).toHaveLength(1);
    await writeFile(path.join(directory, verify.file), 'x');
    await expect(
      openSealedFiles({ directory, manifest, keys: noKeys, signal: never }),
    ).rejects.toMatchObject({
      code: 'artifact_corrupted',
    });
  });
});

describe('sealing', () => {
  it('notices a dump that changed after it was sealed', async () => {
    const { file } = await seal('zstd');
    await writeFile(path.join(root, id, 'dump', 'toc.dat'), randomBytes(contents.length));
    await expect(
      compareSealedFile({
        ...{ ...whole, file, keys: noKeys, signal: never },
        compression: 'zstd',
      }),
    ).rejects.toMatchObject({ code: 'artifact_corrupted' });
    await writeFile(path.join(root, id, 'dump', 'toc.dat'), contents);
  });

  it('leaves nothing when it is aborted', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(seal('zstd', 'aborted.tar.zst', abort.signal)).rejects.toBe(reason);
    expect((await readdir(root)).filter((name) => name.startsWith('aborted'))).toEqual([]);
  });

  it('says that the directory is missing, and leaves nothing', async () => {
    await expect(
      sealFile({
        ...{ directory: root, member: 'nosuch', as: 'tar', file: path.join(root, 'none.tar.zst') },
        ...{
          compression: 'zstd',
          level: 3,
          keys: noKeys,
          signal: never,
          onBytes: () => undefined,
          onReadBack: () => undefined,
        },
      }),
    ).rejects.toMatchObject({ code: 'program_failed' });
    expect((await readdir(root)).filter((name) => name.startsWith('none'))).toEqual([]);
  });
});

async function seal(
  compression: Compression,
  name = `sealed-${compression}`,
  signal: AbortSignal = never,
) {
  const file = path.join(root, name);
  const sealed = await sealFile({
    ...{ ...whole, file, compression, signal },
    ...{ level: 3, keys: noKeys, onBytes: () => undefined, onReadBack: () => undefined },
  });
  return { file, sealed };
}

function artifact(
  compression: Compression,
  { bytes, sha256 }: { bytes: number; sha256: string },
): Artifact {
  return { file: 'sealed', bytes, sha256, format: 'directory', compression, encryption: 'none' };
}

import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createHash, randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSealedFile } from '../../../src/artifact/open.ts';
import { compareSealedFile, sealDirectory } from '../../../src/artifact/seal.ts';
import type { Artifact, Compression } from '../../../src/domain/manifest.ts';
import { removeTree } from '../../../src/system/files.ts';

const never = new AbortController().signal;
const id = 'app_full_20261122_124736';
// Random: in a run of equal bytes a flipped bit may decompress to the same.
const contents = randomBytes(3_000_000);
let root: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'seal-'));
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
    await compareSealedFile({ directory: path.join(root, id), file, compression, signal: never });
    const into = path.join(root, `open-${compression}`);
    const opened = await openSealedFile({
      ...{ file, into, id, signal: never },
      artifact: artifact(compression, sealed),
    });
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
    await expect(
      openSealedFile({
        ...{ file, into: path.join(root, 'never'), id, signal: never },
        artifact: artifact(compression, sealed),
      }),
    ).rejects.toMatchObject(damaged);
    const directory = path.join(root, id);
    await expect(
      compareSealedFile({ directory, file, compression, signal: never }),
    ).rejects.toMatchObject(damaged);
  });
});

describe('sealing', () => {
  it('notices a dump that changed after it was sealed', async () => {
    const { file } = await seal('zstd');
    await writeFile(path.join(root, id, 'dump', 'toc.dat'), randomBytes(contents.length));
    await expect(
      compareSealedFile({
        ...{ directory: path.join(root, id), file, signal: never },
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
      sealDirectory({
        ...{ directory: path.join(root, 'nosuch'), file: path.join(root, 'none.tar.zst') },
        ...{ compression: 'zstd', level: 3, signal: never, onBytes: () => undefined },
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
  const sealed = await sealDirectory({
    ...{ directory: path.join(root, id), file, compression, signal },
    ...{ level: 3, onBytes: () => undefined },
  });
  return { file, sealed };
}

function artifact(
  compression: Compression,
  { bytes, sha256 }: { bytes: number; sha256: string },
): Artifact {
  return { file: 'sealed', bytes, sha256, format: 'directory', compression, encryption: 'none' };
}

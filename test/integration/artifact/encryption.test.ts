import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { noKeys, sealedFor, type Keys } from '../../../src/artifact/encryption.ts';
import { openSealedFiles } from '../../../src/artifact/open.ts';
import { seal } from '../../../src/artifact/seal.ts';
import { Secret } from '../../../src/secret.ts';
import { removeTree } from '../../../src/system/files.ts';

const signal = new AbortController().signal;
const id = 'app_full_20261122_124736';
const contents = randomBytes(3_000_000);
let root: string;
let mine: Keys;
let other: Keys;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'encryption-'));
  await mkdir(path.join(root, id, 'dump'), { recursive: true });
  await writeFile(path.join(root, id, 'dump', 'toc.dat'), contents);
  [mine, other] = [await newKeys('mine'), await newKeys('other')];
  await programsWithoutAge();
});

afterAll(() => removeTree(root));

describe('a file sealed for two public keys', () => {
  it('opens with the plain age program and either private key, and with ours', async () => {
    const keys = { ...mine, recipients: [...mine.recipients, ...other.recipients] };
    const sealed = await sealWith(keys, 'both');
    const bytes = await readFile(sealed.file);
    expect(sealed.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(bytes.subarray(0, 21).toString()).toBe('age-encryption.org/v1');
    expect(bytes.toString('latin1').match(/^-> X25519 /gm)).toHaveLength(2);
    for (const name of ['mine', 'other']) {
      const pipe = `age --decrypt --identity ${name}.key both | zstd -dc | tar --extract --to-stdout`;
      const { stdout } = await execa('bash', ['-o', 'pipefail', '-c', pipe], {
        ...{ cwd: root, encoding: 'buffer' },
      });
      expect(contents.equals(stdout)).toBe(true);
    }
    expect(contents.equals(await openWith(other, 'both', sealed, keys))).toBe(true);
  });

  it('does not open with a third key, nor without any, and says which one it takes', async () => {
    const sealed = await sealWith(mine, 'locked');
    const hint = expect.stringContaining('BACKUP_AGE_IDENTITY_FILE') as string;
    const message = expect.stringContaining(mine.recipients[0]!) as string;
    const refused = { code: 'key_missing', message, hint };
    await expect(openWith(other, 'locked', sealed, mine)).rejects.toMatchObject(refused);
    await expect(openWith(noKeys, 'locked', sealed, mine)).rejects.toMatchObject(refused);
  });
});

it('is sealed by one who has the public key alone, with the sha256 of what was sent', async () => {
  const sealed = await sealWith({ ...mine, identity: null }, 'public');
  expect(contents.equals(await openWith(mine, 'public', sealed, mine))).toBe(true);
});

it('is not kept when the private key here does not open it', async () => {
  const mistaken = { ...mine, identity: other.identity };
  await expect(sealWith(mistaken, 'mistaken')).rejects.toMatchObject({ code: 'key_missing' });
});

it('is the same format without the age program', async () => {
  const byProgram = await sealWith(mine, 'by-program');
  vi.stubEnv('PATH', path.join(root, 'bin'));
  try {
    expect(contents.equals(await openWith(mine, 'by-program', byProgram, mine))).toBe(true);
    const byLibrary = await sealWith(mine, 'by-library');
    await expect(openWith(other, 'by-library', byLibrary, mine)).rejects.toMatchObject({
      code: 'key_missing',
    });
    vi.unstubAllEnvs();
    expect(contents.equals(await openWith(mine, 'by-library', byLibrary, mine))).toBe(true);
  } finally {
    vi.unstubAllEnvs();
  }
});

it('takes a passphrase, the first of several, and opens with each and with the plain age program', async () => {
  const old = { ...noKeys, passphrase: new Secret('of last year') };
  const rotated = { ...noKeys, passphrase: new Secret('of this year\nof last year\n') };
  const sealed = await sealWith(old, 'by-passphrase');
  expect(contents.equals(await openWith(rotated, 'by-passphrase', sealed, old))).toBe(true);
  await expect(
    openWith({ ...noKeys, passphrase: new Secret('a guess') }, 'by-passphrase', sealed, old),
  ).rejects.toMatchObject({ code: 'key_missing' });
  // The program asks a terminal: `script` makes one.
  const { exitCode } = await execa(
    'script',
    ['-qec', 'age --decrypt --output plain by-passphrase', '/dev/null'],
    { cwd: root, input: 'of last year\n', reject: false },
  );
  expect(exitCode).toBe(0);
  const { stdout } = await execa('bash', ['-c', 'zstd -dc plain | tar --extract --to-stdout'], {
    ...{ cwd: root, encoding: 'buffer' },
  });
  expect(contents.equals(stdout)).toBe(true);
}, 30_000);

async function newKeys(name: string): Promise<Keys> {
  const file = path.join(root, `${name}.key`);
  await execa('age-keygen', ['-o', file]);
  const { stdout } = await execa('age-keygen', ['-y', file]);
  return { ...noKeys, recipients: [stdout], identity: new Secret(await readFile(file, 'utf8')) };
}

async function sealWith(keys: Keys, name: string) {
  const file = path.join(root, name);
  const sealed = await seal({
    ...{ directory: root, member: id, as: 'tar', file, compression: 'zstd', level: 3, keys },
    ...{ signal, onBytes: () => undefined, onReadBack: () => undefined },
  });
  return { file, ...sealed };
}

type Sealed = Awaited<ReturnType<typeof sealWith>>;

async function openWith(keys: Keys, name: string, { bytes, sha256 }: Sealed, by: Keys) {
  const directory = path.join(root, `open-${randomBytes(4).toString('hex')}`);
  await mkdir(directory);
  await symlink(path.join(root, name), path.join(directory, name));
  const artifact = {
    ...({ format: 'directory', compression: 'zstd', encryption: 'age' } as const),
    ...{ file: name, bytes, sha256, readers: sealedFor(by) },
  };
  const opened = await openSealedFiles({ directory, manifest: { id, artifact }, keys, signal });
  return readFile(path.join(opened, 'dump', 'toc.dat'));
}

/** A PATH on which everything is but `age`. */
async function programsWithoutAge(): Promise<void> {
  const bin = path.join(root, 'bin');
  await mkdir(bin);
  for (const program of ['bash', 'setpriv', 'tar', 'zstd', 'tee', 'sha256sum', 'dd', 'cat']) {
    const { stdout } = await execa('which', [program]);
    await symlink(stdout, path.join(bin, program));
  }
}

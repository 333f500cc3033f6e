import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeTree } from '../../../src/system/files.ts';
import { downloadCli, findTemporalCli } from '../../../src/temporal/executable.ts';

let directory: string;
let server: Server;
let downloads: string;
let sha256: string | undefined;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cli '));
  writeFileSync(path.join(directory, 'temporal'), '#!/bin/sh\necho "temporal version 0.0.0"\n');
  chmodSync(path.join(directory, 'temporal'), 0o755);
  execFileSync('tar', ['-czf', path.join(directory, 'a.tgz'), '-C', directory, 'temporal']);
  server = createServer(({ url = '' }, response) => {
    if (url.startsWith('/cli/v')) {
      const archiveUrl = `${downloads}/archive`;
      response.end(JSON.stringify({ archiveUrl, fileToExtract: 'temporal', sha256 }));
    } else response.end(readFileSync(path.join(directory, 'a.tgz')));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  downloads = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await new Promise((closed) => server.close(closed));
  await removeTree(directory);
});

test('unpacks the program that is offered', async () => {
  const work = path.join(directory, 'work');
  mkdirSync(work);
  const program = await downloadCli(work, { cacheDirectory: directory, downloads });
  expect(execFileSync(program, ['--version'], { encoding: 'utf8' })).toContain('temporal version');
});

test('refuses an archive that is not what was promised', async () => {
  sha256 = createHash('sha256').update('something else').digest('hex');
  await expect(downloadCli(directory, { cacheDirectory: directory, downloads })).rejects.toThrow(
    'expected checksum',
  );
});

test('takes the program that is set, and says when it is none', async () => {
  const program = path.join(directory, 'temporal');
  const options = { cacheDirectory: path.join(directory, 'cache') };
  expect(await findTemporalCli({ ...options, path: program })).toBe(program);
  await expect(findTemporalCli({ ...options, path: '/none' })).rejects.toMatchObject({
    code: 'program_missing',
  });
  expect(await readdir(directory)).not.toContain('cache');
});

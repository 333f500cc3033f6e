import { mkdtemp, chmod, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCluster, type Cluster } from '../../../src/postgres/cluster.ts';
import { dumpDatabase } from '../../../src/postgres/dump.ts';
import { removeTree } from '../../../src/system/files.ts';
import { clusterUser } from '../../../src/system/os-user.ts';

let place: string;
let standby: Cluster;

// Its primary is gone: it stays in recovery and answers.
beforeAll(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'standby-'));
  await chmod(place, 0o711); // the server's user passes through
  const options = {
    ...{ directory: path.join(place, 'data'), socketDirectory: path.join(place, 's') },
    user: clusterUser(),
    configuration: { fsync: 'off' },
  };
  await (await startCluster(options)).stop();
  await writeFile(path.join(options.directory, 'standby.signal'), '');
  standby = await startCluster(options);
});

afterAll(async () => {
  await standby.kill();
  await removeTree(place);
});

test('a standby is refused, with the hint to name its primary, and nothing is written', async () => {
  const directory = await mkdtemp(path.join(place, 'dump-'));
  const dump = dumpDatabase({
    connection: standby.connection('postgres'),
    ...{ directory, jobs: 1, maxBlockSeconds: 60, lockTimeoutSeconds: 5, run: 'standby' },
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  await expect(dump).rejects.toMatchObject({
    code: 'standby_refused',
    message: expect.stringMatching(/^server '.*' port 5432 is a standby$/) as string,
    hint: 'back up its primary',
  });
  expect(await readdir(directory)).toEqual([]);
});

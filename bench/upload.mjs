import { spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { userCacheDirectory } from '../dist/src/config/cache.js';
import { BackupError } from '../dist/src/errors.js';
import { isInstalled, runProgram } from '../dist/src/system/program.js';
import { freePort } from '../dist/src/temporal/embedded.js';
import { sha256Of } from '../dist/src/system/sha256.js';
import { median, round, secondsOf } from './numbers.mjs';

const key = { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'secret-of-the-bench' };
const partMebibytes = 16;
const parallelParts = 4;
/** What an upload may hold besides its parts. */
const allowance = 100e6;

/** An upload to an S3 server on loopback, beside the clients that are installed; and what it holds at its peak. */
export async function measureUpload(arena) {
  const clients = others.filter(({ program }) => isInstalled(program));
  if (clients.length === 0) {
    throw new BackupError('program_missing', 'there is no client to compare an upload with', {
      hint: 'install rclone or awscli',
    });
  }
  return withServer(arena, async (endpoint) =>
    arena.withDirectory('upload', async (directory) => {
      const file = path.join(directory, 'artifact');
      await fillFile(file, arena.size);
      const work = { endpoint, file, bytes: arena.size, sha256: await sha256Of(file), arena };
      const times = [];
      for (let count = 1; count <= arena.rounds; count++) {
        const { seconds: ours, peak } = await putOurs({ ...work, count });
        const theirs = [];
        for (const client of clients) theirs.push(await client.put({ ...work, count }));
        times.push({ ours, peak, theirs });
        const all = clients.map(({ program }, index) => `${program} ${round(theirs[index])} s`);
        arena.say(`upload ${count}: ours ${round(ours)} s, ${all.join(', ')}`);
      }
      return rowsOf(clients, times);
    }),
  );
}

const others = [
  {
    program: 'rclone',
    put: ({ endpoint, file, count, arena }) => {
      const options = `:s3,provider=Other,env_auth=true,region=us-east-1,no_check_bucket=true,endpoint='${endpoint}',chunk_size=${partMebibytes}Mi,upload_concurrency=${parallelParts}`;
      return timed(arena, 'rclone', ['copyto', file, `${options}:bench/rclone-${count}`]);
    },
  },
  {
    program: 'aws',
    put: ({ endpoint, file, count, arena }) => {
      const to = `s3://bench/aws-${count}`;
      const args = ['--endpoint-url', endpoint, '--region', 'us-east-1', 's3', 'cp', '--quiet'];
      return timed(arena, 'aws', [...args, file, to]);
    },
  },
];

function timed({ signal }, program, args) {
  return secondsOf(() => runProgram(program, args, { env: key, signal }));
}

// In a process of its own: its memory is that of one upload and of nothing else.
async function putOurs({ endpoint, file, bytes, sha256, count, arena }) {
  const put = fileURLToPath(new URL('put.mjs', import.meta.url));
  const { stdout } = await runProgram(process.execPath, [put, file, sha256, String(bytes)], {
    signal: arena.signal,
    env: {
      ...key,
      ...{ AWS_S3_BUCKET: 'bench', AWS_ENDPOINT_URL_S3: endpoint, BENCH_KEY: `ours/${count}` },
      BACKUP_S3_PART_MEBIBYTES: String(partMebibytes),
      BACKUP_S3_PARALLEL_PARTS: String(parallelParts),
    },
  });
  return JSON.parse(stdout);
}

function rowsOf(clients, times) {
  const fastest = times.map(({ theirs }) => Math.min(...theirs));
  const ratio = median(times.map(({ ours }, index) => fastest[index] / ours));
  const peak = median(times.map((time) => time.peak)) / 1e6;
  const limit = (parallelParts * partMebibytes * 1024 ** 2 + allowance) / 1e6;
  return [
    {
      what: 'upload to loopback, speed',
      with: `the fastest of ${clients.map(({ program }) => program).join(', ')}`,
      ours: `${round(median(times.map(({ ours }) => ours)))} s`,
      theirs: `${round(median(fastest))} s`,
      ...{ value: ratio, unit: 'x', limit: 0.8, ok: ratio >= 0.8 },
    },
    {
      ...{ what: 'its memory above an idle process', with: '', theirs: '' },
      ours: `${Math.round(peak)} MB`,
      ...{ value: peak, unit: 'MB', limit, ok: peak <= limit },
    },
  ];
}

async function withServer(arena, use) {
  const program = path.join(userCacheDirectory(process.env), 'pma-backup', 'versitygw-1.8.0');
  if (!existsSync(program)) {
    throw new BackupError('program_missing', `there is no S3 server at '${program}'`, {
      hint: 'npm test -- test/contract/storage.s3.test.ts builds it, once',
    });
  }
  return arena.withDirectory('s3', async (directory) => {
    await mkdir(path.join(directory, 'bench'));
    const port = await freePort();
    const server = spawn(program, ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', directory], {
      env: { ROOT_ACCESS_KEY: key.AWS_ACCESS_KEY_ID, ROOT_SECRET_KEY: key.AWS_SECRET_ACCESS_KEY },
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => server.once('exit', resolve));
    try {
      const endpoint = `http://127.0.0.1:${port}`;
      await untilAnswering(endpoint);
      return await use(endpoint);
    } finally {
      server.kill('SIGTERM');
      await ended;
    }
  });
}

async function untilAnswering(endpoint) {
  for (let tries = 0; tries < 200; tries++) {
    if (await fetch(endpoint).catch(() => undefined)) return;
    await sleep(50);
  }
  throw new BackupError('start_failed', 'the S3 server does not answer');
}

// Random: neither client nor server can make it smaller.
async function fillFile(file, bytes) {
  const chunk = randomFillSync(Buffer.allocUnsafe(1 << 20));
  const handle = await open(file, 'w');
  for (let at = 0; at < bytes; at += chunk.length) {
    chunk.writeUInt32LE(at / chunk.length);
    await handle.write(chunk, 0, Math.min(chunk.length, bytes - at));
  }
  await handle.sync();
  await handle.close();
}

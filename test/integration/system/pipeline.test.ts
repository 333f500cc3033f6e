import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { runPipeline } from '../../../src/system/pipeline.ts';

const never = new AbortController().signal;

it('gives what the last program printed, whatever the arguments look like', async () => {
  const odd = `a 'b' "c" $d \`e\` \\ 中`;
  expect(await runPipeline([['printf', '%s', odd], ['cat']], { signal: never })).toBe(odd);
});

it('fails when any stage fails, with its message', async () => {
  for (const stages of [
    [['ls', '/nosuch'], ['cat']],
    [['true'], ['ls', '/nosuch'], ['cat']],
    [['bash', '-c', 'sleep 0.5; ls /nosuch'], ['true']],
  ]) {
    await expect(runPipeline(stages, { signal: never })).rejects.toMatchObject({
      code: 'program_failed',
      message: expect.stringContaining(`cannot access '/nosuch'`) as string,
    });
  }
});

it('writes to the file that is named, whatever its name looks like', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'pma-pipeline-'));
  const output = path.join(directory, `it's "$HOME" > 文件`);
  await runPipeline([['echo', 'one'], ['cat']], { signal: never, output });
  expect(await readFile(output, 'utf8')).toBe('one\n');
  await rm(directory, { recursive: true });
});

it('says that the disk is full', async () => {
  await expect(
    runPipeline([['head', '--bytes=1000', '/dev/zero'], ['cat']], {
      signal: never,
      output: '/dev/full',
    }),
  ).rejects.toMatchObject({ code: 'disk_full' });
});

it('ends every stage when it is aborted', async () => {
  const abort = new AbortController();
  const mark = `77.${process.pid}`;
  const running = runPipeline([['sleep', mark], ['cat']], { signal: abort.signal });
  running.catch(() => undefined);
  await untilCount(mark, (count) => count > 0);
  abort.abort(new Error('enough'));
  await expect(running).rejects.toThrow('enough');
  await untilCount(mark, (count) => count === 0);
});

async function untilCount(mark: string, wanted: (count: number) => boolean): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (wanted(await processesNaming(mark))) return;
    await sleep(50);
  }
  throw new Error(`processes naming '${mark}' did not come to the wanted number`);
}

async function processesNaming(mark: string): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')),
  );
  return lines.filter((line) => line.includes(mark)).length;
}

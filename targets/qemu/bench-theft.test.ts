import { expect } from 'chai';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Deadline } from '../../harness/device/deadline.ts';
import type { HarnessError } from '../../harness/errors/harness-error.ts';
import { BenchLock } from './bench-lock.ts';
import { stealBench } from './bench-theft.ts';
import { startTicks } from './process-start.ts';

const script = fileURLToPath(new URL('./fixtures/bench-owner.ts', import.meta.url));
const soon = (): Deadline => new Deadline('the bench', 30_000);

describe('stealing a bench', function () {
  this.timeout(60_000);
  let directory: string;
  let child: ChildProcess | undefined;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'bootproof-steal-'))));
  afterEach(async () => {
    child?.kill('SIGKILL');
    child = undefined;
    await rm(directory, { recursive: true });
  });

  async function owner(...more: string[]): Promise<ChildProcess> {
    const execArgv = ['--import', import.meta.resolve('tsx/esm')];
    child = fork(script, [directory, ...more], { execArgv, detached: true });
    await once(child, 'message');
    return child;
  }

  it('names the owner and what for, to whoever comes second', async () => {
    const { pid } = await owner();
    const error = await BenchLock.take(directory, 'board-a').catch((reason: unknown) => reason as HarnessError);
    expect(error).to.include({ code: 'bench-busy' });
    expect((error as HarnessError).message).to.match(
      new RegExp(String.raw`^In use by process ${pid} since \S+ \(anna: nightly\): bench board-a$`),
    );
  });

  it('lets the owner release it, and is free then', async () => {
    const held = await owner();
    const ended = once(held, 'exit');
    expect(await stealBench(directory, 'board-a', soon())).to.include({ pid: held.pid, use: 'anna: nightly' });
    expect(await ended).to.deep.equal([0, null]);
    await (await BenchLock.take(directory, 'board-a')).free();
  });

  it('kills an owner that does not release it', async () => {
    const held = await owner('deaf');
    const ended = once(held, 'exit');
    await stealBench(directory, 'board-a', soon(), 50);
    expect(await ended).to.deep.equal([null, 'SIGKILL']);
    await (await BenchLock.take(directory, 'board-a')).free();
  });

  it('leaves a process alone that only has the number of an owner', async () => {
    const held = await owner('deaf');
    const left = JSON.parse(await readFile(join(directory, 'owner.json'), 'utf8')) as Record<string, unknown>;
    await writeFile(join(directory, 'owner.json'), JSON.stringify({ ...left, startTicks: 1 }));
    expect(await stealBench(directory, 'board-a', soon(), 50)).to.equal(undefined);
    expect(await startTicks(held.pid ?? 0)).to.equal(left['startTicks']);
  });

  it('has nothing to do where nobody is', async () => {
    expect(await stealBench(directory, 'board-a', soon())).to.equal(undefined);
  });
});

import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Deadline } from '../device/deadline.ts';
import { readCampaign } from './campaign-file.ts';
import { counts, cutsOf } from './cuts.ts';

const script = fileURLToPath(new URL('./fixtures/simulated-campaign.ts', import.meta.url));
const phases = { 'boot-swap': 'interrupted/boot-swap' };

describe('campaign', function () {
  this.timeout(120_000);
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'bootproof-campaign-'))));
  // Workers of a killed campaign end by themselves, and may still write a last line.
  afterEach(() => rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));

  function start(cuts: number, ...more: string[]): ChildProcess {
    const argv = ['--import', import.meta.resolve('tsx/esm'), script, directory, String(cuts), ...more];
    return spawn(process.execPath, argv, { stdio: ['ignore', 'inherit', 'inherit'] });
  }

  async function end(child: ChildProcess): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  /** Lines of verdicts in all records, as text: what the fold is held against. */
  async function verdicts(): Promise<string[]> {
    const runs = (await readdir(directory)).filter((name) => /^\d{8}T/.test(name));
    const texts = await Promise.all(
      runs.map((run) => readFile(join(directory, run, 'record.jsonl'), 'utf8').catch(() => '')),
    );
    return texts
      .flatMap((text) => text.split('\n'))
      .flatMap((line) => /"event":"verdict","case":"([^"]+)","verdict":"(?:passed|failed)"/.exec(line)?.[1] ?? []);
  }

  it('survives a kill -9 in its middle with no cut counted twice', async () => {
    const first = start(200);
    await new Deadline('cuts', 60_000).until(async () => (await verdicts()).length >= 50 || undefined, 20);
    first.kill('SIGKILL');
    await end(first);
    const before = await verdicts();
    expect(before.length).to.be.within(50, 199);
    await end(start(200));
    const after = await verdicts();
    expect(after).to.have.length(200);
    expect(new Set(after).size).to.equal(200);
    const { cuts, problems } = await cutsOf(directory, phases);
    expect(problems).to.deep.equal([]);
    expect(cuts.filter((cut) => counts(cut))).to.have.length(200);
    expect((await readCampaign(directory))?.cuts).to.equal(200);
  });

  it('names a cut that was made twice, and counts the first', async () => {
    await end(start(2));
    const [run = ''] = (await readdir(directory)).filter((name) => /^\d{8}T/.test(name));
    await cp(join(directory, run), join(directory, '20990101T000000Z-ffffff'), { recursive: true });
    const { cuts, problems } = await cutsOf(directory, phases);
    expect(cuts.filter((cut) => counts(cut)).map(({ run: from }) => from)).to.deep.equal([run, run]);
    expect(problems).to.have.length(2);
    expect(problems[0]).to.match(/was made twice: in .* and 20990101T000000Z-ffffff; the first one counts$/);
  });

  it('stops at the first failure that ends a device', async () => {
    await end(start(40, 'interrupted/boot-swap#3'));
    const { cuts } = await cutsOf(directory, phases);
    const failed = cuts.filter(({ verdict }) => verdict === 'failed');
    expect(failed.map(({ case: id }) => id)).to.deep.equal(['interrupted/boot-swap#3']);
    expect(cuts.filter((cut) => counts(cut)).length).to.be.lessThan(40);
  });
});

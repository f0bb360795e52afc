import { expect } from 'chai';
import fc from 'fast-check';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeRuns, runsIn, toRemove, total, type KeptRun } from './retention.ts';

const dayMs = 24 * 3600 * 1000;
const nowMs = Date.UTC(2026, 10, 21);

describe('retention of runs', () => {
  let parent: string;
  beforeEach(async () => (parent = await mkdtemp(join(tmpdir(), 'bootproof-runs-'))));
  afterEach(() => rm(parent, { recursive: true }));

  /** A run of so many days ago, with 64 KiB beside its record. */
  async function put(
    daysAgo: number,
    end: { exitCode?: number; silentMs?: number } = { exitCode: 0 },
  ): Promise<string> {
    const stamp = new Date(nowMs - daysAgo * dayMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const id = `${stamp}-abcdef`;
    await mkdir(join(parent, id, 'attachments'), { recursive: true });
    const last = end.exitCode === undefined ? '{"event":"step"}' : `{"event":"run-ended","exitCode":${end.exitCode}}`;
    await writeFile(join(parent, id, 'record.jsonl'), `{"event":"planned"}\n${last}\n`);
    await writeFile(join(parent, id, 'attachments', 'disk'), Buffer.alloc(65_536, 1));
    const lastMs = nowMs - (end.silentMs ?? daysAgo * dayMs);
    await utimes(join(parent, id, 'record.jsonl'), lastMs / 1000, lastMs / 1000);
    return id;
  }
  const gone = async (limits: Parameters<typeof toRemove>[1]): Promise<string[]> =>
    toRemove(await runsIn(parent, nowMs), limits, nowMs).map(({ id }) => id);

  it('removes what is too old, and nothing else without a quota', async () => {
    const old = await put(40);
    await put(20);
    await put(1);
    expect(await gone({ maxAgeMs: 30 * dayMs })).to.deep.equal([old]);
    expect(await gone({})).to.deep.equal([]);
  });

  it('makes room by the oldest that passed, then by the oldest that did not', async () => {
    const failed = await put(9, { exitCode: 1 });
    const [passed, later] = [await put(8), await put(7)];
    await put(1);
    const sizeBytes = total(await runsIn(parent, nowMs));
    expect(sizeBytes).to.be.at.least(4 * 65_536);
    expect(await gone({ maxBytes: sizeBytes })).to.deep.equal([]);
    expect(await gone({ maxBytes: sizeBytes - 1 })).to.deep.equal([passed]);
    expect(await gone({ maxBytes: 0 })).to.deep.equal([passed, later, failed]);
  });

  it('keeps the newest, those that are asked for, and those that may still be written to', async () => {
    const asked = await put(50);
    await writeFile(join(parent, asked, 'keep'), '');
    await put(40, { silentMs: 3600 * 1000 });
    const killed = await put(30, {});
    await put(20);
    const runs = await runsIn(parent, nowMs);
    expect(runs.map(({ held }) => held)).to.deep.equal(['asked for', 'may still be written to', undefined, undefined]);
    expect(await gone({ maxAgeMs: dayMs, maxBytes: 0 })).to.deep.equal([killed]);
  });

  it('removes a run whole, and leaves what is no run alone', async () => {
    await put(2);
    await put(1);
    await writeFile(join(parent, 'notes.txt'), 'mine');
    await mkdir(join(parent, '.removing-20260101T000000Z-abcdef', 'attachments'), { recursive: true });
    await removeRuns(parent, toRemove(await runsIn(parent, nowMs), { maxBytes: 0 }, nowMs));
    const left = await readdir(parent);
    expect(left).to.have.length(2).and.include('notes.txt');
  });

  it('does not mind another run that makes room at the same time', async () => {
    const [first, second] = [await put(3), await put(2)];
    await put(1);
    const both = toRemove(await runsIn(parent, nowMs), { maxBytes: 0 }, nowMs);
    expect(both.map(({ id }) => id)).to.deep.equal([first, second]);
    await rm(join(parent, first), { recursive: true });
    await removeRuns(parent, both);
    expect(await readdir(parent)).to.have.length(1);
  });

  it('refuses the runs of a campaign', async () => {
    await writeFile(join(parent, 'campaign.json'), '{}');
    const error = await runsIn(parent).catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'runs-of-campaign' });
  });

  it('never removes more than the quota asks for', () => {
    const one = fc.record({ sizeBytes: fc.nat(1000), exitCode: fc.constantFrom(0, 1, undefined), old: fc.nat(50) });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 12 }), fc.nat(4000), (made, maxBytes) => {
        const runs = made.map(({ sizeBytes, exitCode, old }, index): KeptRun => ({
          ...{ id: String(index), path: '', sizeBytes, exitCode, held: undefined },
          beganMs: nowMs - old * dayMs,
        }));
        const removed = toRemove(runs, { maxBytes }, nowMs);
        const last = removed.at(-1);
        const leftBytes = total(runs) - total(removed);
        expect(removed).to.not.include(runs.at(-1));
        if (last) expect(leftBytes + last.sizeBytes).to.be.greaterThan(maxBytes);
        if (removed.length < runs.length - 1) expect(leftBytes).to.be.at.most(maxBytes);
      }),
    );
  });
});

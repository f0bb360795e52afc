import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedBench, SimulatedTarget } from '../../targets/simulated/simulated-target.ts';
import { Deadline } from '../device/deadline.ts';
import { BenchError, DeadlineError } from '../errors/harness-error.ts';
import { AttachmentStore } from '../record/attachment.ts';
import { Redactor } from '../record/redaction.ts';
import { caseErrorOf } from '../run/case-error.ts';
import { plainVerdict } from '../run/verdict.ts';
import { DeviceSession } from './device-session.ts';
import { settledScript } from './running-device.ts';
import type { SessionEnvironment } from './session-environment.ts';
import { silenceOf } from './silence.ts';

describe('a device that is silent after a cut', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'bootproof-silence-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  /** A session on a simulated device that has booted once; `health.boots`: whether its firmware finds something to boot. */
  async function booted(budgetMs: number) {
    const health = { boots: true };
    const bench = new SimulatedBench('simulated-a', {
      get neverBoots() {
        return !health.boots;
      },
    });
    const target = new SimulatedTarget(bench, {
      commands: { [settledScript]: ({ device }) => ({ stdout: `${device.bootId}\nrunning\ninactive\n` }) },
    });
    await target.acquire(new Deadline('acquire', 5000));
    const notes: unknown[] = [];
    writeFileSync(join(directory, 'key'), '');
    const session = new DeviceSession({
      target,
      images: {
        stateroot: 'bootproof',
        names: ['v1'],
        image: async () => ({ commit: 'a'.repeat(64) }),
        disk: async () => 'golden.raw',
        repository: { trustedKey: join(directory, 'key') },
      },
      server: { traffic: { requests: 0, objects: 0, deltaFiles: 0, bytes: 0 } },
      request: {
        case: { case: 'negative/bricked' },
        spec: {},
        deadline: new Deadline('the case', budgetMs),
        emit: (payload: unknown) => notes.push(payload),
        attachments: new AttachmentStore(directory, new Redactor()),
        watch: { step: () => undefined, consoleLine: () => undefined },
      },
      scratch: directory,
    } as unknown as SessionEnvironment);
    await session.booted();
    session.steps.moment = 'after-cut';
    return { session, target, health, notes };
  }
  const silence = new DeadlineError('Timed out after 180 s: a settled system', { code: 'deadline' });
  const endOf = (promise: Promise<unknown>) =>
    promise.then(
      () => expect.fail('a silent device was let pass'),
      (error: unknown) => plainVerdict({ findings: [], error: caseErrorOf(error) }),
    );

  it('has failed when the bench boots a known-good disk', async () => {
    const { session, health } = await booted(60_000);
    const verdict = await endOf(silenceOf(session, silence));
    expect(health.boots).to.equal(true);
    expect(verdict).to.include({ verdict: 'failed', blame: 'product', code: 'device-does-not-boot' });
    expect(verdict.reason).to.match(/^Does not boot after the cut/);
  });

  it('says nothing of the product when the bench is dead as well', async () => {
    const { session, target } = await booted(60_000);
    // Its relay is stuck.
    target.power.on = () => Promise.resolve();
    const verdict = await endOf(silenceOf(session, silence));
    expect(verdict).to.include({ verdict: 'broken', blame: 'bench', code: 'bench-not-proven' });
  });

  it('has failed without confirmation when no time is left to prove the bench', async () => {
    const { session, health } = await booted(1500);
    health.boots = false;
    const cause = new DeadlineError('Timed out', { code: 'deadline', details: { phase: 'after-cut' } });
    const verdict = await endOf(silenceOf(session, cause));
    expect(verdict).to.include({ verdict: 'failed', blame: 'product', code: 'deadline' });
    expect(verdict.reason).to.match(/^unconfirmed/);
  });

  it('is the bench’s as long as nothing was done to the device', async () => {
    const { session } = await booted(60_000);
    session.steps.moment = 'before-update';
    expect(await endOf(silenceOf(session, silence))).to.include({ verdict: 'broken', code: 'deadline' });
  });

  it('is the bench’s when that can not even tell its power: a lease that ended in the middle', async () => {
    const { session, target } = await booted(60_000);
    const capabilities = new Set([...target.capabilities].filter((name) => name !== 'disk.offline'));
    Object.defineProperty(target, 'capabilities', { value: capabilities });
    const cause = new DeadlineError('Timed out', { code: 'deadline', details: { phase: 'after-cut' } });
    expect(await endOf(silenceOf(session, cause))).to.include({ verdict: 'failed', blame: 'product' });
    target.power.sense = () => Promise.reject(new BenchError('Lease lost: place p1', { code: 'lease-lost' }));
    expect(await endOf(silenceOf(session, cause))).to.include({
      verdict: 'broken',
      blame: 'bench',
      code: 'lease-lost',
    });
  });

  it('leaves its disk behind, as it was before the known-good one took its place', async () => {
    const { session, target } = await booted(60_000);
    target.device.disk.write('/evidence', 'a broken entry');
    target.device.disk.sync();
    await endOf(silenceOf(session, silence));
    const kept = readFileSync(join(directory, 'disks', 'negative_bricked.raw'), 'latin1');
    expect(kept).to.contain(`"/evidence":"${Buffer.from('a broken entry').toString('base64')}"`);
    expect(target.device.disk.read('/evidence'), 'the device has the known-good disk').to.equal(undefined);
  });

  it('has its console stored beside that of the known-good disk', async () => {
    const { session, notes } = await booted(60_000);
    await endOf(silenceOf(session, silence));
    await session.close();
    const stored = notes.filter((note) => (note as { event: string }).event === 'attachment');
    expect(stored.map((note) => (note as { name: string }).name)).to.deep.equal(['console-1.log', 'console.log']);
  });

  it('is not what an error of another kind tells of', async () => {
    const { session } = await booted(60_000);
    const other = new BenchError('QEMU died', { code: 'qemu-died' });
    expect(await endOf(silenceOf(session, other))).to.include({ verdict: 'broken', code: 'qemu-died' });
  });
});

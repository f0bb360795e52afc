import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HarnessError } from '../errors/harness-error.ts';
import type { FakeOptions } from './fixtures/fake-bench.ts';
import { fakeRun } from './fixtures/fake-run.ts';
import { noteBench, readFailures, readmit, refuseQuarantined } from './quarantine.ts';

describe('quarantine', function () {
  this.timeout(60_000);
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'bootproof-quarantine-'))));
  afterEach(() => rm(directory, { recursive: true }));

  let runs = 0;
  /** A run of one case on the bench `fake`, noted as its bench's. */
  async function runWith(options: FakeOptions): Promise<void> {
    const runDir = join(directory, `run-${(runs += 1)}`);
    const { ledger, poison } = await fakeRun({ runDir, instances: 1, patterns: ['update'], options });
    await noteBench(directory, 'fake', ledger, poison.get('fake'));
  }
  const refusal = (quarantineAfter?: number): Promise<HarnessError | undefined> =>
    refuseQuarantined(directory, { name: 'fake', file: { quarantineAfter } }).then(
      () => undefined,
      (error: unknown) => error as HarnessError,
    );

  it('takes out a bench that ended as many runs in a row as its file says, until it is readmitted', async () => {
    await runWith({ cases: { update: 'bench-error' } });
    expect(await refusal(2)).to.equal(undefined);
    await runWith({ cases: { update: 'bench-error' } });
    const refused = await refusal(2);
    expect(refused).to.include({ code: 'bench-quarantined' });
    expect(refused?.message).to.equal(
      'In quarantine, it failed in 2 runs in a row (mended? bootproof benches --readmit fake): bench fake',
    );
    expect(refused?.hint).to.contain('No space: overlay');
    expect(await refusal(), 'a bench file without a limit').to.equal(undefined);
    expect(await readmit(directory)).to.equal(true);
    expect(await refusal(2)).to.equal(undefined);
    expect(await readmit(directory)).to.equal(false);
  });

  it('counts in a row: a case that came to its verdict begins anew, also a failed one', async () => {
    await runWith({ cases: { update: 'bench-error' } });
    await runWith({ cases: { update: 'no-boot' } });
    expect(await readFailures(directory)).to.deep.equal({ failed: [] });
    await runWith({ cases: { update: 'bench-error' } });
    expect(await refusal(2)).to.equal(undefined);
  });

  it('does not blame a bench for who holds it, nor for a worker that crashed', async () => {
    await runWith({ acquire: 'busy' });
    await runWith({ cases: { update: 'crash' } });
    expect(await refusal(1)).to.equal(undefined);
  });

  it('begins anew where its file cannot be read', async () => {
    await writeFile(join(directory, 'failures.json'), '{"failed": [');
    expect(await refusal(1)).to.equal(undefined);
    await runWith({ cases: { update: 'bench-error' } });
    expect(await refusal(1)).to.include({ code: 'bench-quarantined' });
  });
});

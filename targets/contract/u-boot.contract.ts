import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openRun } from '../../harness/record/run-record.ts';

const labProgram = fileURLToPath(new URL('../board/virtual/virtual-lab.mjs', import.meta.url));
const bootproof = fileURLToPath(new URL('../../bin/bootproof.mjs', import.meta.url));
/** What cases of this board may take together on a busy host, emulated as it is. */
const runMs = 120 * 60_000;

/** How the board is reached, and what has to pass that way. A rollback by U-Boot's boot counting is what no other bench here shows. */
const ways = [
  { bench: 'board.yaml', cases: ['update/update', 'rollback/asked-for', 'rollback/automatic-panic'] },
  { bench: 'rfc2217.yaml', cases: ['update/update'] },
];

describe('an aarch64 board with U-Boot', function () {
  this.timeout(runMs);
  let scratch: string;
  let lab: ChildProcess;

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'bootproof-u-boot-'));
    lab = spawn(process.execPath, [labProgram, scratch, 'arm64'], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    await new Promise<void>((resolve, reject) => {
      lab.stdout?.on('data', (said: Buffer) => String(said).includes('ready') && resolve());
      lab.once('exit', (code) => reject(new Error(`The virtual lab ended with ${code}`)));
    });
  });
  after(async () => {
    const ended = new Promise((resolve) => lab.once('exit', resolve));
    if (lab.exitCode === null && lab.kill('SIGTERM')) await ended;
    await rm(scratch, { recursive: true, force: true });
  });

  for (const { bench, cases } of ways)
    it(`passes ${cases.join(', ')} through ${bench}`, async () => {
      const out = join(scratch, `runs-${bench}`);
      await run(['run', '--bench', join(scratch, bench), '--images', 'arm64', '--out', out, ...cases]);
      const [made] = await readdir(out);
      const { ledger } = await openRun(join(out, made!));
      const verdicts = ledger.cases.map(
        ({ planned, verdict }) => `${planned.case}: ${verdict.verdict} ${verdict.reason}`,
      );
      expect(verdicts.filter((line) => !line.includes(': passed'))).to.deep.equal([]);
      expect(verdicts).to.have.length(cases.length);
    });
});

/** Its exit code says no more than its record. */
async function run(argv: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [bootproof, ...argv], { stdio: ['ignore', 'inherit', 'inherit'] });
  await new Promise((resolve) => child.once('exit', resolve));
}

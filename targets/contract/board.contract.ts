import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseBenchFile } from '../../harness/bench-file/load.ts';
import type { BenchFile } from '../../harness/bench-file/schema.ts';
import { isOnHost } from '../../harness/host/host-packages.mjs';
import { identityInjection, makeIdentity } from '../../harness/session/identity.ts';
import { buildImages } from '../../images/builder/build.ts';
import { imageSourceOf } from '../../images/image-source.ts';
import { boardOptions, createBoardTarget, type BoardBenchOptions } from '../board-bench.ts';
import { createLabgridTarget } from '../labgrid-bench.ts';
import { labgridOptions, type LabgridOptions } from '../labgrid/options.ts';
import { targetContract } from './contract.ts';
import type { Adapts, ContractBench } from './contract-run.ts';

/** The reference device under emulation, behind wires. A device that never boots is waited for as long as a command may take. */
const boardAdapts: Adapts = { bootMs: 240_000, commandMs: 30_000, slackMs: 5_000 };
/** Each look at the power of a lab is a process of its own, of Python. */
const labAdapts: Adapts = { ...boardAdapts, commandMs: 60_000 };

const programs = new URL('../board/virtual/', import.meta.url);
const boardProgram = fileURLToPath(new URL('virtual-board.mjs', programs));
const labProgram = fileURLToPath(new URL('virtual-lab.mjs', programs));
const scratch = await mkdtemp(join(tmpdir(), 'bootproof-contract-'));
const labs: ChildProcess[] = [];

after(async () => {
  for (const lab of labs) {
    const ended = new Promise((resolve) => lab.once('exit', resolve));
    if (lab.exitCode === null && lab.kill('SIGTERM')) await ended;
  }
  spawnSync(process.execPath, [boardProgram, join(scratch, 'dead'), 'down']);
  await rm(scratch, { recursive: true, force: true });
});

const path = [process.env['LABGRID_BIN'], process.env['PATH']].filter(Boolean).join(delimiter);
const ways = [
  { name: 'board, over a pty', kind: 'board', needs: ['socat'], adapts: boardAdapts },
  { name: 'board, over RFC 2217', kind: 'rfc2217', needs: ['socat', 'ser2net'], adapts: boardAdapts },
  { name: 'labgrid', kind: 'labgrid', needs: ['socat', 'ser2net', 'labgrid-coordinator'], adapts: labAdapts },
] as const;
for (const { name, kind, needs, adapts } of ways) {
  const missing = needs.filter((program) => !isOnHost(program, path));
  if (missing.length === 0) targetContract(name, () => virtualBench(kind), { adapts });
  else it.skip(`target contract: ${name} (not applicable: no ${missing.join(', ')} here)`);
}

async function virtualBench(kind: 'board' | 'rfc2217' | 'labgrid'): Promise<ContractBench> {
  const directory = join(scratch, kind);
  await mkdir(directory);
  await beginLab(directory);
  const file = await benchFile(join(directory, `${kind}.yaml`));
  const open = (): ReturnType<typeof createBoardTarget> =>
    file.target === 'labgrid'
      ? createLabgridTarget(file.name, file.options as LabgridOptions, join(directory, 'state'))
      : createBoardTarget(file.name, file.options as BoardBenchOptions, join(directory, 'state'));
  const images = imageSourceOf(await buildImages({ onStep: () => undefined }));
  const { commit } = await images.image('v1');
  const identity = makeIdentity('contract');
  const inject = identityInjection(identity, await readFile(images.repository.trustedKey), images.stateroot, [commit]);
  const zeros = join(directory, 'zeros.raw');
  await writeFile(zeros, '');
  await truncate(zeros, 16 * 1024 ** 2);
  return {
    target: open(),
    request: { disk: await images.disk(['v1']), identity, inject },
    rival: open,
    // A board of its own, since the lab has one; to a labgrid place it is the same adapter.
    dead: () => ({ target: deadBoard(), request: { disk: zeros, identity, inject: [] } }),
  };
}

function deadBoard(): ReturnType<typeof createBoardTarget> {
  const directory = join(scratch, 'dead');
  const { stdout } = spawnSync(process.execPath, [boardProgram, directory, 'up'], { encoding: 'utf8' });
  const { options } = parseBenchFile(stdout, 'dead', { board: boardOptions });
  return createBoardTarget('dead', options as BoardBenchOptions, join(directory, 'state'));
}

async function beginLab(directory: string): Promise<void> {
  const lab = spawn(process.execPath, [labProgram, directory], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  labs.push(lab);
  await new Promise<void>((resolve, reject) => {
    lab.stdout?.on('data', (said: Buffer) => String(said).includes('ready') && resolve());
    lab.once('exit', (code) => reject(new Error(`The virtual lab ended with ${code}`)));
  });
}

async function benchFile(path: string): Promise<BenchFile> {
  return parseBenchFile(await readFile(path, 'utf8'), path, { board: boardOptions, labgrid: labgridOptions });
}

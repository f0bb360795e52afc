import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeIdentity, identityInjection } from '../../harness/session/identity.ts';
import { buildImages } from '../../images/builder/build.ts';
import { imageSourceOf } from '../../images/image-source.ts';
import { openSshShell } from '../means/ssh/login.ts';
import { qemuOptions } from '../qemu/options.ts';
import { createQemuTarget } from '../qemu/target.ts';
import { targetContract } from './contract.ts';
import type { Adapts, ContractBench } from './contract-run.ts';

/** Under emulation, on a machine that may have something else to do. */
const adapts: Adapts = { bootMs: 180_000, commandMs: 30_000, slackMs: 5_000 };

const scratch = await mkdtemp(join(tmpdir(), 'bootproof-contract-'));
after(() => rm(scratch, { recursive: true, force: true }));

/** The reference device's v1, on a bench of its own. */
async function qemuBench(): Promise<ContractBench> {
  const images = imageSourceOf(await buildImages({ onStep: () => undefined }));
  const { commit } = await images.image('v1');
  const open = (bench: string) => () =>
    createQemuTarget({
      name: bench,
      options: qemuOptions.parse({}),
      stateDir: join(scratch, bench),
      openShell: openSshShell,
    });
  const identity = makeIdentity('contract');
  const inject = identityInjection(identity, await readFile(images.repository.trustedKey), images.stateroot, [commit]);
  const zeros = join(scratch, 'zeros.raw');
  await writeFile(zeros, '');
  await truncate(zeros, 16 * 1024 ** 2);
  return {
    target: open('contract')(),
    request: { disk: await images.disk(['v1']), identity, inject },
    rival: open('contract'),
    dead: () => ({ target: open('dead')(), request: { disk: zeros, identity, inject: [] } }),
  };
}

targetContract('qemu', qemuBench, { adapts });

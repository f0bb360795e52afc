import { expect } from 'chai';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findQemu } from './qemu-binary.ts';

describe('findQemu', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bootproof-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function program(script: string): Promise<string> {
    const path = join(directory, 'qemu');
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  }
  const saying = (version: string): Promise<string> =>
    program(`echo "QEMU emulator version ${version} (Debian 1:${version})"`);
  const codeOf = async (path: string): Promise<unknown> =>
    findQemu(path).catch((error: unknown) => (error as { code: unknown }).code);

  for (const version of ['7.2.0', '7.2.22', '8.0.0', '10.0.13'])
    it(`takes ${version}`, async () => {
      expect((await findQemu(await saying(version))).version).to.equal(version);
    });

  for (const version of ['7.1.9', '6.2.0', '2.12.1'])
    it(`refuses ${version}`, async () => {
      expect(await codeOf(await saying(version))).to.equal('qemu-too-old');
    });

  it('names the package when there is none', async () => {
    const error = await findQemu('qemu-system-of-no-machine').catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: 'qemu-missing', hint: 'apt install qemu-system-x86' });
  });

  it('refuses a program that is not QEMU, and one that fails', async () => {
    expect(await codeOf(await program('echo hello'))).to.equal('qemu-unusable');
    expect(await codeOf(await program('echo "QEMU emulator version 8.0.0"; exit 1'))).to.equal('qemu-unusable');
  });
});

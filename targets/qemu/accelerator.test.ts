import { expect } from 'chai';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseAccelerator, firstByte, probeKvm } from './accelerator.ts';
import { probeByte, probeSector } from './boot-sector.ts';

describe('chooseAccelerator', () => {
  const probe = (works: boolean) => () => Promise.resolve({ works, reason: 'as probed' });

  it('takes KVM only when its probe answered', async () => {
    expect((await chooseAccelerator('auto', probe(true))).kind).to.equal('kvm');
    expect(await chooseAccelerator('auto', probe(false))).to.deep.equal({
      kind: 'tcg',
      reason: 'KVM not used: as probed',
    });
  });

  it('refuses a bench that insists on a KVM that does not work', async () => {
    const error = await chooseAccelerator('kvm', probe(false)).catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: 'kvm-unusable' });
  });

  it('does not probe when TCG was asked for', async () => {
    const chosen = await chooseAccelerator('tcg', () => Promise.reject(new Error('probed')));
    expect(chosen.kind).to.equal('tcg');
  });
});

describe('probeSector', () => {
  const sector = probeSector();

  it('is a boot sector', () => {
    expect(sector.length).to.equal(512);
    expect(sector.readUInt16LE(510)).to.equal(0xaa55);
  });

  it('has its jump, its fault handler and its tables where the code says they are', () => {
    const at = (address: number): number => address - 0x7c00;
    const farJump = sector.indexOf(Buffer.from([0xea]));
    expect(sector[at(sector.readUInt16LE(farJump + 1))]).to.equal(0xb8); // mov eax, 16
    const gate = sector.indexOf(Buffer.from([0xc7, 0x06, 0xe0, 0x50]));
    const handler = at(sector.readUInt16LE(gate + 4));
    expect(sector.subarray(handler, handler + 3)).to.deep.equal(Buffer.from([0xc7, 0x04, 0x25]));
    const gdtr = at(sector.readUInt16LE(sector.indexOf(Buffer.from([0x0f, 0x01, 0x16])) + 3));
    const gdt = at(sector.readUInt32LE(gdtr + 2));
    expect(sector.subarray(gdt, gdt + 8).every((byte) => byte === 0)).to.equal(true);
    expect(sector.readUInt16LE(gdtr)).to.equal(gdtr - gdt - 1);
    const idtr = at(sector.readUInt32LE(sector.indexOf(Buffer.from([0x0f, 0x01, 0x1c, 0x25])) + 4));
    expect(sector.readUInt32LE(idtr + 2)).to.equal(0x5000);
  });
});

describe('probe of an accelerator', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bootproof-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  /** A stand-in for QEMU. */
  async function program(script: string): Promise<string> {
    const path = join(directory, 'qemu');
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  }
  const isAlive = async (pid: string): Promise<boolean> =>
    readFile(`/proc/${pid.trim()}/cmdline`, 'utf8').then(
      (words) => words !== '',
      () => false,
    );

  it('believes the byte, and kills the machine that sent it', async () => {
    const pidFile = join(directory, 'pid');
    const path = await program(`echo $$ >${pidFile}; printf '\\${probeByte.toString(8)}'; exec sleep 60`);
    expect(await firstByte(path, [], 10_000)).to.include({ works: true });
    expect(await isAlive(await readFile(pidFile, 'utf8'))).to.equal(false);
  });

  it('does not believe another byte', async () => {
    expect(await firstByte(await program('echo x; exec sleep 60'), [], 10_000)).to.include({ works: false });
  });

  it('kills a machine that spins silently, at its limit', async () => {
    const pidFile = join(directory, 'pid');
    const path = await program(`echo $$ >${pidFile}; exec sleep 60`);
    const { works, reason } = await firstByte(path, [], 200);
    expect({ works, reason }).to.deep.equal({ works: false, reason: 'no answer within 200 ms' });
    expect(await isAlive(await readFile(pidFile, 'utf8'))).to.equal(false);
  });

  it('tells why QEMU ended', async () => {
    const { works, reason } = await firstByte(await program('echo no such CPU >&2; exit 1'), [], 10_000);
    expect({ works, reason }).to.deep.equal({ works: false, reason: 'QEMU ended by itself: no such CPU' });
  });

  it('tells that there is no such program', async () => {
    expect((await firstByte('/nonexistent/qemu', [], 10_000)).works).to.equal(false);
  });

  it('does not start anything without /dev/kvm', async () => {
    const started = join(directory, 'started');
    const path = await program(`touch ${started}; printf K`);
    expect(await probeKvm(path, { device: join(directory, 'kvm') })).to.include({ works: false });
    expect(await readFile(started).catch(() => undefined)).to.equal(undefined);
  });
});

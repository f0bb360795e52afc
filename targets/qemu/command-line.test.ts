import { expect } from 'chai';
import { commandLine } from './command-line.ts';

const spec = {
  name: 'qemu-a',
  accelerator: 'tcg',
  memoryMiB: 640,
  diskPath: '/state/disk, of qemu-a.raw',
  pidPath: '/state/qemu.pid',
} as const;

/** Values of all options of one name. */
const values = (argv: readonly string[], option: string): string[] => argv.filter((_, n) => argv[n - 1] === option);
const nodes = (argv: readonly string[]): unknown[] =>
  values(argv, '-blockdev').map((value) => JSON.parse(value) as unknown);

describe('commandLine', () => {
  it('is one vCPU without cmpxchg16b under TCG', () => {
    expect(commandLine(spec).join(' ')).to.equal(
      [
        '-name guest=qemu-a -nodefaults -no-user-config -display none -vga none -pidfile /state/qemu.pid',
        '-accel tcg,tb-size=128 -cpu max,-cx16 -smp 1 -m 640 -S',
        '-chardev socket,id=qmp,fd=3 -mon chardev=qmp,mode=control',
        '-chardev socket,id=serial0,fd=4 -serial chardev:serial0',
        '-blockdev {"driver":"file","node-name":"disk","filename":"/state/disk, of qemu-a.raw","cache":{"no-flush":true}}',
        '-device virtio-blk-pci,drive=disk,write-cache=on,discard=off,write-zeroes=off,request-merging=off',
        '-netdev user,id=net0,ipv6=off,hostfwd=tcp:127.0.0.1:0-:22',
        '-device virtio-net-pci,id=nic0,netdev=net0,romfile=',
        '-chardev null,id=nowhere',
        '-object filter-redirector,id=black-hole,netdev=net0,queue=all,outdev=nowhere,status=off',
      ].join(' '),
    );
  });

  it('records with flushes kept in the filter and dropped only on its files', () => {
    expect(nodes(commandLine({ ...spec, logPath: '/state/disk.log' }))).to.deep.equal([
      { driver: 'file', 'node-name': 'disk-file', filename: spec.diskPath, cache: { 'no-flush': true } },
      { driver: 'file', 'node-name': 'log-file', filename: '/state/disk.log', cache: { 'no-flush': true } },
      {
        driver: 'blklogwrites',
        'node-name': 'disk',
        file: 'disk-file',
        log: 'log-file',
        'log-super-update-interval': 1,
      },
    ]);
  });

  it('gives the guest the same devices with and without a recording', () => {
    const plain = commandLine(spec);
    const recorded = commandLine({ ...spec, logPath: '/state/disk.log' });
    expect(values(recorded, '-device')).to.deep.equal(values(plain, '-device'));
  });

  it('has a monitor for a person only where one is asked for', () => {
    const held = values(commandLine({ ...spec, monitorPath: '/state/a,b/qmp.sock' }), '-chardev');
    expect(held).to.include('socket,id=attach,path=/state/a,,b/qmp.sock,server=on,wait=off');
    expect(values(commandLine(spec), '-chardev').join()).not.to.contain('attach');
  });

  it('asks for KVM with the CPU that was probed', () => {
    const argv = commandLine({ ...spec, accelerator: 'kvm' });
    expect([values(argv, '-accel'), values(argv, '-cpu')]).to.deep.equal([['kvm'], ['host']]);
  });

  it('never ends the process on a reset', () => {
    expect(commandLine(spec)).not.to.include.members(['-no-reboot']);
    expect(commandLine(spec)).not.to.include.members(['-no-shutdown']);
  });
});

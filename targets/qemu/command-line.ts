/** The sockets that QEMU inherits: already connected, so nothing can be missed and no path is left behind. */
export const qmpFd = 3;
export const serialFd = 4;

export interface MachineSpec {
  readonly name: string;
  readonly accelerator: 'kvm' | 'tcg';
  readonly memoryMiB: number;
  /** Raw image. */
  readonly diskPath: string;
  /** Set: every write is recorded there in dm-log-writes form. */
  readonly logPath?: string;
  /** Held locked by QEMU while it lives, and the mark by which it is found when its owner has died. */
  readonly pidPath: string;
  /** Set: a second QMP monitor listens on this socket, for a person. */
  readonly monitorPath?: string;
}

/**
 * The command line of QEMU. One vCPU and no cmpxchg16b: under TCG of QEMU 7.2 two vCPUs break a current kernel, and one is as fast to login.
 * A reset stays inside the process, so one process is one power cycle.
 */
export function commandLine(spec: MachineSpec): string[] {
  return [
    ...['-name', `guest=${spec.name.replaceAll(',', ',,')}`],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'none'],
    ...['-pidfile', spec.pidPath],
    ...accelerator(spec.accelerator),
    ...['-smp', '1', '-m', `${spec.memoryMiB}`],
    '-S',
    ...['-chardev', `socket,id=qmp,fd=${qmpFd}`, '-mon', 'chardev=qmp,mode=control'],
    ...['-chardev', `socket,id=serial0,fd=${serialFd}`, '-serial', 'chardev:serial0'],
    ...(spec.monitorPath === undefined ? [] : monitor(spec.monitorPath)),
    ...disk(spec.diskPath, spec.logPath),
    ...network,
  ];
}

/**
 * 128 MiB of translated code: with 64 a boot of a current system translates itself anew several times; with more, a reset costs more than it saves, for
 * each write to a page that held code goes the slow way until the last of its code is gone. A kernel that goes elsewhere at each boot (KASLR)
 * meets few such pages.
 */
function accelerator(kind: MachineSpec['accelerator']): string[] {
  return kind === 'kvm' ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg,tb-size=128', '-cpu', 'max,-cx16'];
}

function monitor(path: string): string[] {
  const chardev = `socket,id=attach,path=${path.replaceAll(',', ',,')},server=on,wait=off`;
  return ['-chardev', chardev, '-mon', 'chardev=attach,mode=control'];
}

/**
 * `no-flush` stands on the files, never on the filter, where it would hide the guest's flushes from the log. The host need not flush: a
 * killed QEMU leaves its completed writes in the host's page cache. Discard and write-zeroes are off, so that every
 * change of the disk is a write with its bytes in the log. Requests are not merged: each entry of the log is what the guest asked for, and the
 * filter adds two pieces of its own, so one that was merged from the most pieces that the host can write at once never gets into the log.
 */
function disk(path: string, logPath: string | undefined): string[] {
  const file = (node: string, filename: string): string[] => [
    '-blockdev',
    json({ driver: 'file', 'node-name': node, filename, cache: { 'no-flush': true } }),
  ];
  const device = [
    '-device',
    'virtio-blk-pci,drive=disk,write-cache=on,discard=off,write-zeroes=off,request-merging=off',
  ];
  if (logPath === undefined) return [...file('disk', path), ...device];
  const filter = {
    driver: 'blklogwrites',
    'node-name': 'disk',
    file: 'disk-file',
    log: 'log-file',
    'log-super-update-interval': 1,
  };
  return [...file('disk-file', path), ...file('log-file', logPath), '-blockdev', json(filter), ...device];
}

/** Where the guest finds this host, and where the filter that swallows all packets is switched. */
export const gatewayAddress = '10.0.2.2';
export const blackHolePath = '/objects/black-hole';

/**
 * Port 0: the host's kernel chooses a free one, so two benches cannot race for it. The black hole drops packets both ways without taking the
 * carrier away: a device whose link went down would have been told.
 */
const network = [
  ...['-netdev', 'user,id=net0,ipv6=off,hostfwd=tcp:127.0.0.1:0-:22'],
  ...['-device', 'virtio-net-pci,id=nic0,netdev=net0,romfile='],
  ...['-chardev', 'null,id=nowhere'],
  ...['-object', 'filter-redirector,id=black-hole,netdev=net0,queue=all,outdev=nowhere,status=off'],
];

function json(value: unknown): string {
  return JSON.stringify(value);
}

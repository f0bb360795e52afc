import type {
  BootEntry,
  Deployment,
  Manifest,
  ManifestEntry,
  Observation,
  SystemView,
} from '../observe/observation.ts';
import { expectedEtc } from './etc-expectation.ts';
import type { CommitPosition, ImageExpectation, Transition, TransitionKind } from './transition.ts';

/** For tests: transitions in which nothing is wrong, to be broken in one place at a time. */

/** 64 hex digits that stand for `text`: the same for the same text, and readable in a failure. */
export function digest(text: string): string {
  return Buffer.from(text).toString('hex').slice(0, 64).padEnd(64, '0');
}

export function file(content: string, more: Partial<ManifestEntry> = {}): ManifestEntry {
  return { type: 'file', mode: 0o644, uid: 0, gid: 0, size: content.length, sha256: digest(content), ...more };
}

export function dir(more: Partial<ManifestEntry> = {}): ManifestEntry {
  return { type: 'dir', mode: 0o755, uid: 0, gid: 0, size: 0, ...more };
}

export function link(target: string): ManifestEntry {
  return { type: 'symlink', mode: 0o777, uid: 0, gid: 0, size: 0, target };
}

export function fifo(): ManifestEntry {
  return { type: 'fifo', mode: 0o644, uid: 0, gid: 0, size: 0 };
}

/** An image with a kernel of its own and a default that differs from every other image's. */
export function image(name: string, more: Partial<ImageExpectation> = {}): ImageExpectation {
  return {
    name,
    commit: digest(`commit ${name}`),
    version: `${name}.0`,
    kernelRelease: `6.12.0-${name}`,
    kernelBuildId: digest(`build ${name}`).slice(0, 40),
    linuxSha256: digest(`linux ${name}`),
    initrdSha256: digest(`initrd ${name}`),
    defaultEtc: {
      '': dir(),
      'app.conf': file(`default of ${name}`),
      motd: file('hello'),
      'conf.d': dir(),
      [`conf.d/${name}`]: file(name),
    },
    etcPolicy: 'merge',
    rollback: { kind: 'grub', attempts: 3 },
    ...more,
  };
}

export interface TransitionShape {
  readonly kind?: TransitionKind;
  readonly from?: ImageExpectation;
  readonly to?: ImageExpectation;
  /** /etc before; default: the old defaults with one file edited and one added. */
  readonly localEtc?: Manifest;
  readonly fault?: CommitPosition;
  /** Which system runs afterwards; default: the target of a transition that applies it, else the old one. */
  readonly running?: 'from' | 'to';
  readonly canaries?: Transition['canaries'];
}

interface SystemShape {
  readonly booted: ImageExpectation;
  readonly other?: ImageExpectation | undefined;
  readonly staged?: ImageExpectation | undefined;
  /** The one that the next boot picks; default: the booted one. */
  readonly picked?: ImageExpectation | undefined;
  readonly bootVersion: 0 | 1;
  readonly etc: Manifest;
  readonly canaries: Manifest;
}

function deployment(of: ImageExpectation, state: Partial<Deployment>): Deployment {
  return {
    stateroot: 'dev',
    checksum: of.commit,
    serial: 0,
    booted: false,
    staged: false,
    rollback: false,
    pinned: false,
    ...state,
  };
}

function entry(of: ImageExpectation, number: number, bootVersion: number): BootEntry {
  const ostreePath = `/ostree/boot.${bootVersion}/dev/${of.linuxSha256}/0`;
  return {
    file: `ostree-${number}.conf`,
    title: of.name,
    version: String(number),
    options: `root=UUID=1234 rw console=ttyS0 site=lab ostree=${ostreePath}`,
    linux: `/ostree/dev-${of.linuxSha256}/vmlinuz`,
    initrd: `/ostree/dev-${of.linuxSha256}/initramfs.img`,
    linuxSha256: of.linuxSha256,
    initrdSha256: of.initrdSha256,
    ostreePath,
    resolvesTo: `dev/${of.commit}.0`,
  };
}

function view(kind: SystemView['view'], shape: SystemShape): SystemView {
  const { booted, other, staged, bootVersion } = shape;
  const picked = shape.picked ?? booted;
  const installed = [booted, ...(other ? [other] : [])];
  const order = [picked, ...installed.filter((each) => each !== picked)];
  const deployments = [
    ...(staged ? [deployment(staged, { staged: true })] : []),
    ...order.map((each) => deployment(each, { booted: kind === 'live' && each === booted, rollback: each !== picked })),
  ];
  return {
    view: kind,
    deployments,
    boot: {
      loader: `loader.${bootVersion}`,
      entries: order.map((each, index) => entry(each, order.length - index, bootVersion)),
      environment: {},
      environmentValid: true,
      default: `ostree-${order.length}.conf`,
    },
    leftovers: {
      deploymentDirs: deployments.map((each) => `dev/${each.checksum}.0`),
      loaderDirs: [`loader.${bootVersion}`],
      bootOstreeDirs: [...new Set(order.map((each) => `dev-${each.linuxSha256}`))],
      bootlinks: [`boot.${bootVersion}`, `boot.${bootVersion}.1`],
      repoTmp: [],
    },
    usr: { checksum: picked.commit, differences: [], method: 'ostree-fsck', filesVerified: 4000 },
    etc: shape.etc,
    canaries: shape.canaries,
    var: { lib: dir(), 'lib/data': file('data') },
    machineId: 'a'.repeat(32),
  };
}

function observation(bootId: string, shape: SystemShape): Observation {
  const seen = view('live', shape);
  const own = seen.boot.entries.find((each) => each.resolvesTo === `dev/${shape.booted.commit}.0`);
  const { seal } = shape.booted;
  const transient = shape.booted.etcPolicy === 'transient';
  return {
    ...seen,
    view: 'live',
    usr: { checksum: shape.booted.commit, differences: [], method: 'ostree-fsck', filesVerified: 4000 },
    at: '2026-01-01T00:00:00.000Z',
    bootId,
    softReboots: 0,
    kernelRelease: shape.booted.kernelRelease,
    ...(shape.booted.kernelBuildId === undefined ? {} : { kernelBuildId: shape.booted.kernelBuildId }),
    cmdline: `BOOT_IMAGE=(hd0,gpt2)/ostree/vmlinuz ${own?.options}`,
    hostKey: 'SHA256:key',
    ...(seal ? { composefs: { verityRequired: seal.verity, digest: seal.composefs } } : {}),
    usrReadOnly: true,
    usrWriteRefused: true,
    mounts: [
      { target: '/', source: '/dev/vda3[/ostree/deploy/dev/deploy/x.0]', fstype: 'ext4', options: 'rw' },
      { target: '/var', source: '/dev/vda3[/ostree/deploy/dev/var]', fstype: 'ext4', options: 'rw' },
      ...(transient
        ? [
            {
              target: '/etc',
              source: 'overlay',
              fstype: 'overlay',
              options: 'rw,lowerdir=usr/etc,upperdir=/run/ostree/transient-etc/upper',
            },
          ]
        : []),
    ],
    failedUnits: ['control.service'],
    activeUnits: ['sshd.service 412', 'dbus.service 300', 'session-1.scope'],
    kernelProblems: ['[    1.500000] a usual complaint'],
    updateJournal: [],
  };
}

/** One file of each kind that a canary can be, all acknowledged but the last. */
function plantedCanaries(): Transition['canaries'] {
  const acknowledged = true;
  return [
    { path: 'plain', entry: file('plain'), acknowledged },
    { path: 'attributes', entry: file('x', { mode: 0o4711, uid: 7, xattrs: { 'user.a': '01' } }), acknowledged },
    { path: 'twin', entry: file('plain', { hardlinkOf: 'plain' }), acknowledged },
    { path: 'link', entry: link('plain'), acknowledged },
    { path: 'late', entry: file('late, new'), acknowledged: false },
  ];
}

const applying: readonly TransitionKind[] = ['switch', 'update', 'rollback'];

/** A transition in which everything went as it should; default: an update from v1 to v2 with nothing in its way. */
export function cleanTransition(shape: TransitionShape = {}): Transition {
  const { kind = 'update', from = image('v1'), fault, canaries = plantedCanaries() } = shape;
  const to = shape.to ?? (kind === 'reboot' || kind === 'no-update' ? from : image('v2'));
  const applied = applying.includes(kind) && (fault === undefined || fault === 'none' || fault === 'commit-flushed');
  const ended = (shape.running ?? (applied ? 'to' : 'from')) === 'to' ? to : from;
  const localEtc =
    from.etcPolicy === 'transient'
      ? from.defaultEtc
      : (shape.localEtc ?? { ...from.defaultEtc, motd: file('edited'), 'site.conf': file('added') });
  const tree: Manifest = {
    ...Object.fromEntries(canaries.map((canary) => [canary.path, canary.entry])),
    'generation/1': file('1'),
    'generation/2': file('2'),
  };
  const rollback = kind === 'rollback';
  const other = rollback ? to : undefined;
  const old: SystemShape = { booted: from, other, bootVersion: 0, etc: localEtc, canaries: tree };
  const waits = !rollback && to !== from && fault === undefined && kind !== 'automatic-rollback';

  const base: Omit<Transition, 'after'> = {
    kind,
    from,
    to,
    before: observation('boot-1', old),
    ...(waits ? { staged: observation('boot-1', { ...old, staged: to }) } : {}),
    ...(rollback ? { rollbackEtc: { ...to.defaultEtc, 'of-its-own': file('kept') } } : {}),
    ...(fault === undefined
      ? {}
      : { fault: { kind: 'power-cut', phaseAsked: 'finalize', phaseHit: 'finalize', position: fault } }),
    stageDropped: false,
    completed: applied,
    canaries,
    generation: 2,
    control: {
      etcWritten: ['machine-id', 'ssh/ssh_host_*'],
      varWritten: ['log'],
      failedUnits: ['control.service'],
      kernelProblems: ['[    1.400000] a usual complaint'],
    },
    localKargs: ['site=lab'],
    consoleProblems: [{ rule: 'unexpected-reset', line: 'SeaBIOS', expected: true }],
    fsckProblems: [],
    client: { exitCode: 0, saidSuccess: true },
    ...(kind === 'automatic-rollback' ? { attempts: { used: 3, granted: 3 } } : {}),
  };
  const before = { ...base, after: base.before };
  const etc = expectedEtc(before, ended.commit)?.etc ?? localEtc;
  const rest =
    ended === to ? (to === from ? undefined : from) : rollback || kind === 'automatic-rollback' ? to : undefined;
  const now: SystemShape = { booted: ended, other: rest, bootVersion: ended === from ? 0 : 1, etc, canaries: tree };
  const after = kind === 'stage-only' ? observation('boot-1', { ...old, staged: to }) : observation('boot-2', now);
  return {
    ...base,
    after,
    ...(fault === undefined ? {} : { offline: { firmware: view('firmware', now), kernel: view('kernel', now) } }),
  };
}

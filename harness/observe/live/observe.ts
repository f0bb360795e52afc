import { randomBytes } from 'node:crypto';
import { bootSections, liveBootState } from './boot-state.ts';
import { askClientCheck } from './client-check.ts';
import { composefsRoot, measureScript } from './composefs-root.ts';
import { parseOstreeStatus } from './ostree-status.ts';
import { parseSections, sectionScript } from './sections.ts';
import { parseTreeScan, treeScanScript } from './tree-scan.ts';
import { compareUsr } from './usr-comparison.ts';
import { scanHealth } from '../../console/health-rules.ts';
import type { BootMenu } from '../offline/boot-menu.ts';
import type { Deadline } from '../../device/deadline.ts';
import type { Shell } from '../../device/shell.ts';
import { BenchError } from '../../errors/harness-error.ts';
import type { Manifest, Observation } from '../observation.ts';

export interface ObserveOptions {
  readonly deadline: Deadline;
  /** Manifest of /usr of the image with this commit; undefined: unknown, /usr is not compared. */
  readonly expectedUsr?: (checksum: string) => Manifest | undefined;
  readonly menu?: BootMenu;
  /** Leave out what takes seconds (the comparison of /usr, the whole of /var): for a look while an update is staged. */
  readonly light?: boolean;
}

const canaryPath = '/var/lib/bootproof-canary';
/** Hashes of files in /var up to this size. */
const hashedVarBytes = 64 * 1024;

const parts = {
  bootid: 'cat /proc/sys/kernel/random/boot_id',
  release: 'uname -r',
  buildid: 'od -An -v -tx1 /sys/kernel/notes | tr -d " \\n"',
  cmdline: 'cat /proc/cmdline',
  softreboots: 'systemctl show -P SoftRebootsCount 2>/dev/null',
  // signatures are the update's matter, and seconds of an emulated CPU
  status: 'ostree admin status --skip-signatures',
  mountinfo: 'cat /proc/self/mountinfo',
  usrwrite: 'touch /usr/.bootproof-write 2>/dev/null && { rm -f /usr/.bootproof-write; echo written; } || echo refused',
  failed: 'systemctl list-units --state=failed --plain --no-legend --full',
  active: `systemctl show --property=Id,MainPID $(systemctl list-units --type=service --state=active --plain --no-legend --full | cut -d" " -f1)`,
  dmesg: 'dmesg 2>/dev/null | tail -n 4000',
  journal: `{ journalctl -q -b -1 -o cat -u ostree-finalize-staged.service --no-pager; journalctl -q -b 0 -o cat -u ostree-boot-complete.service -u boot-health.service --no-pager; } 2>/dev/null | tail -n 200`,
  machineid: 'cat /etc/machine-id',
  deploymentdirs:
    'for d in /sysroot/ostree/deploy/*/deploy/*/; do d=${d#/sysroot/ostree/deploy/}; d=${d%/}; echo "${d%%/*}/${d##*/}"; done',
  loaderdirs: 'ls -d /boot/loader.* 2>/dev/null',
  bootostree: 'ls /boot/ostree 2>/dev/null',
  bootlinks: 'ls -d /sysroot/ostree/boot.* 2>/dev/null',
  repotmp: 'ls /sysroot/ostree/repo/tmp 2>/dev/null',
  composefs: measureScript,
  used: 'stat -f -c "%S %b %f" /sysroot /boot',
  ...bootSections,
};

/**
 * Looks at the running device without changing it (beyond what any login does). All of it is asked over one shell; /usr is
 * compared file by file with what the image's build says, so that the device's own repository is not its own witness.
 */
export async function observeLive(shell: Shell, options: ObserveOptions): Promise<Observation> {
  const { deadline, menu, light = false } = options;
  const nonce = randomBytes(8).toString('hex');
  const names = Object.keys(parts);
  const answer = await shell.script(sectionScript(parts, nonce), [], { deadline, maxBytes: 8 * 1024 * 1024 });
  if (answer.exitCode === null) throw lost('the observation');
  const said = parseSections(answer.stdout, names, nonce) as Record<keyof typeof parts, string>;
  const lines = (text: string): string[] =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);

  const deployments = parseOstreeStatus(said.status);
  const booted = deployments.find((deployment) => deployment.booted);
  const scan = async (root: string, limitBytes: number, leaveOut: readonly string[] = []): Promise<Manifest> =>
    parseTreeScan(shell.stream(treeScanScript, [root, String(limitBytes), ...leaveOut], { deadline }));
  const clientCheck = light ? undefined : await askClientCheck(shell, deadline);
  const expected = booted && options.expectedUsr?.(booted.checksum);
  const mounts = parseMountinfo(said.mountinfo);
  const [rootUsed, bootUsed] = lines(said.used).map((line) => {
    const [block = 0, total = 0, free = 0] = line.split(' ').map(Number);
    return block * (total - free);
  });

  return {
    view: 'live',
    at: new Date().toISOString(),
    bootId: said.bootid.trim(),
    ...(/^\d+$/.test(said.softreboots.trim()) ? { softReboots: Number(said.softreboots) } : {}),
    kernelRelease: said.release.trim(),
    ...buildId(said.buildid),
    cmdline: said.cmdline.trim(),
    hostKey: shell.hostKey,
    machineId: said.machineid.trim(),
    deployments,
    boot: liveBootState(said, menu),
    leftovers: {
      deploymentDirs: lines(said.deploymentdirs).filter((name) => !name.includes('*')),
      loaderDirs: lines(said.loaderdirs).map((path) => path.replace('/boot/', '')),
      bootOstreeDirs: lines(said.bootostree),
      bootlinks: lines(said.bootlinks).map((path) => path.replace('/sysroot/ostree/', '')),
      repoTmp: lines(said.repotmp).filter((name) => name !== 'cache' && !name.endsWith('-lock') && name !== '.lock'),
      ...(rootUsed === undefined ? {} : { rootUsedBytes: rootUsed }),
      ...(bootUsed === undefined ? {} : { bootUsedBytes: bootUsed }),
    },
    ...(!light && booted && expected
      ? { usr: { checksum: booted.checksum, ...compareUsr(await scan('/usr', 2 ** 40), expected) } }
      : {}),
    etc: await scan('/etc', 2 ** 40),
    canaries: await scan(canaryPath, 2 ** 40).catch(emptyWhenAbsent),
    ...(light ? {} : { var: await scan('/var', hashedVarBytes, ['lib/bootproof-canary']) }),
    ...(clientCheck ? { clientCheck } : {}),
    ...composefsRoot(said.mountinfo, said.composefs),
    usrReadOnly: readOnly(mounts),
    usrWriteRefused: said.usrwrite.trim() === 'refused',
    mounts,
    failedUnits: lines(said.failed).map((line) => line.replace(/^● /, '').split(' ')[0]!),
    activeUnits: activeUnits(said.active),
    kernelProblems: kernelProblems(lines(said.dmesg)),
    updateJournal: lines(said.journal)
      .slice(-200)
      .map((line) => line.slice(0, 500)),
  };
}

const lost = (what: string): BenchError =>
  new BenchError(`Connection lost during ${what}`, { code: 'connection-lost', hint: 'is the device still running?' });

function emptyWhenAbsent(error: unknown): Manifest {
  // The scan of a directory that is not there ends without a listing; any other failure is one.
  if (error instanceof BenchError && error.code === 'scan-malformed') return {};
  throw error;
}

/** The scanner is told that a kernel runs: the first lines of a long log may be gone. */
function kernelProblems(log: readonly string[]): string[] {
  const texts = ['[    0.000000] Linux version (log)', ...log];
  return scanHealth(texts.map((text, offset) => ({ text, offset }))).map(({ line }) => line);
}

/** The GNU build id note: owner "GNU\0", type 3. */
function buildId(hex: string): { kernelBuildId: string } | Record<string, never> {
  const match = /040000001400000003000000?0?474e5500([0-9a-f]{40})/.exec(hex.replace(/\s+/g, ''));
  return match ? { kernelBuildId: match[1]! } : {};
}

function parseMountinfo(text: string): Observation['mounts'] {
  return text
    .split('\n')
    .map((line) => line.split(' '))
    .filter((fields) => fields.length >= 10)
    .map((fields) => {
      const dash = fields.indexOf('-');
      const root = fields[3]!;
      const source = fields[dash + 2] ?? '';
      return {
        target: unescape(fields[4]!),
        source: root === '/' ? source : `${source}[${unescape(root)}]`,
        fstype: fields[dash + 1] ?? '',
        options: fields[5]!,
      };
    });
}

const unescape = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));

/** The mount that covers /usr: its own, or the root's. */
function readOnly(mounts: Observation['mounts']): boolean {
  const covering =
    mounts.filter(({ target }) => target === '/usr').at(-1) ?? mounts.filter(({ target }) => target === '/').at(-1);
  return covering?.options.split(',').includes('ro') ?? false;
}

/** `unit pid` for services with a main process, else the unit alone. */
function activeUnits(text: string): string[] {
  return text
    .split(/\n\s*\n/)
    .map((block) => ({ id: /^Id=(.*)$/m.exec(block)?.[1], pid: /^MainPID=(\d+)$/m.exec(block)?.[1] }))
    .filter(({ id }) => id)
    .map(({ id, pid }) => (pid && pid !== '0' ? `${id} ${pid}` : id!))
    .sort();
}

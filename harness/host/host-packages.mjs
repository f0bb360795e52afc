// @ts-check
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * What this machine must have besides Node, and the Debian package that provides it. Plain JavaScript over `node:` alone,
 * because start.mjs asks before any dependency is installed.
 *
 * @typedef {object} HostNeed
 * @property {string} needs a command, or the absolute path of a file
 * @property {string} package as Debian 12 and 13 name it
 * @property {string} why
 * @property {'unprivileged' | 'tests' | 'full'} [only] for a user who is not root; for the unit tests; for the nightly alone
 */

/** @type {readonly HostNeed[]} */
export const hostNeeds = [
  { needs: 'qemu-system-x86_64', package: 'qemu-system-x86', why: 'runs the device' },
  { needs: 'mmdebstrap', package: 'mmdebstrap', why: 'makes the Debian root that images are built in' },
  {
    needs: '/usr/share/keyrings/debian-archive-keyring.gpg',
    package: 'debian-archive-keyring',
    why: 'verifies what mmdebstrap downloads',
  },
  { needs: 'update-ca-certificates', package: 'ca-certificates', why: 'reaches an https package mirror' },
  { needs: 'unshare', package: 'util-linux', why: 'enters the builder root' },
  { needs: 'setpriv', package: 'util-linux', why: 'ends a QEMU whose harness was killed' },
  { needs: 'mount', package: 'mount', why: 'enters the builder root' },
  { needs: 'debugfs', package: 'e2fsprogs', why: 'writes a device identity into a disk without mounting it' },
  { needs: 'e2fsck', package: 'e2fsprogs', why: 'replays the journal of a disk that lost power' },
  { needs: 'mke2fs', package: 'e2fsprogs', why: 'makes the file systems of test disks' },
  { needs: 'chattr', package: 'e2fsprogs', why: 'removes the immutable flag of old deployments' },
  { needs: 'cp', package: 'coreutils', why: 'copies disks by reference where the file system can' },
  { needs: 'tar', package: 'tar', why: 'unpacks roots' },
  { needs: 'newuidmap', package: 'uidmap', why: 'builds images without root', only: 'unprivileged' },
  { needs: 'sfdisk', package: 'fdisk', why: 'makes partition tables to read', only: 'tests' },
  { needs: 'socat', package: 'socat', why: 'joins two ptys as the ends of a serial cable', only: 'tests' },
  { needs: 'ssh-keygen', package: 'openssh-client', why: 'names host keys independently', only: 'tests' },
  { needs: 'qemu-system-aarch64', package: 'qemu-system-arm', why: 'is a board with U-Boot', only: 'full' },
  {
    needs: '/usr/lib/u-boot/qemu_arm64/u-boot.bin',
    package: 'u-boot-qemu',
    why: "is that board's firmware",
    only: 'full',
  },
  { needs: 'ser2net', package: 'ser2net', why: 'brings its console over the network', only: 'full' },
];

/** Debian keeps administrators' commands out of the PATH of its users. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/**
 * PATH with the folders of administrators' commands behind it.
 * @param {string | undefined} path
 * @returns {string}
 */
export function withSystemFolders(path) {
  const folders = (path ?? '').split(delimiter).filter(Boolean);
  return [...folders, ...systemFolders.filter((folder) => !folders.includes(folder))].join(delimiter);
}

/**
 * Whether a command or file is on this machine.
 * @param {string} name
 * @param {string | undefined} [path]
 * @returns {boolean}
 */
export function isOnHost(name, path = process.env['PATH']) {
  if (name.startsWith('/')) return existsSync(name);
  return withSystemFolders(path)
    .split(delimiter)
    .some((folder) => isExecutable(join(folder, name)));
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * @typedef {{ isRoot: boolean, forTests?: boolean, forFull?: boolean }} Use who asks, and whether the unit tests and the nightly are to run
 */

/**
 * The needs of this use.
 * @param {Use} use
 * @returns {HostNeed[]}
 */
export function needsOf({ isRoot, forTests = false, forFull = false }) {
  return hostNeeds.filter(({ only }) => {
    if (only === 'unprivileged') return !isRoot;
    if (only === 'full') return forFull;
    return only !== 'tests' || forTests;
  });
}

/**
 * Those of them that are not met.
 * @param {Use & { has?: (name: string) => boolean }} use
 * @returns {HostNeed[]}
 */
export function missingNeeds({ has = isOnHost, ...use }) {
  return needsOf(use).filter((need) => !has(need.needs));
}

/**
 * Each package once, in the order of the needs.
 * @param {readonly HostNeed[]} missing
 * @returns {string[]}
 */
export function packagesOf(missing) {
  return [...new Set(missing.map((need) => need.package))];
}

/**
 * The one line that installs them, for root's shell.
 * @param {readonly string[]} packages
 * @returns {string}
 */
export function aptLine(packages) {
  return `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

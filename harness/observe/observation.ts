import { z } from 'zod';

/** An observation: a read-only, typed snapshot of a device, taken over the shell (`live`) or from a disk that nobody runs (`firmware`, `kernel`). */

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);

export const manifestEntry = z.object({
  type: z.enum(['file', 'dir', 'symlink', 'fifo', 'char', 'block', 'socket']),
  /** Permission bits with setuid, setgid and sticky (0..0o7777). */
  mode: z.number().int(),
  uid: z.number().int(),
  gid: z.number().int(),
  /** Bytes; 0 for all but regular files. */
  size: z.number().int(),
  sha256: hex64.optional(),
  /** Symlink target. */
  target: z.string().optional(),
  /** Name to value, hex. */
  xattrs: z.record(z.string(), z.string()).optional(),
  /** Path of the first entry of the same inode in this manifest, for the second and later names. */
  hardlinkOf: z.string().optional(),
});
export type ManifestEntry = z.infer<typeof manifestEntry>;

/** Path relative to the manifest's root, without a leading slash ('' is the root itself) -> entry. */
export const manifest = z.record(z.string(), manifestEntry);
export type Manifest = z.infer<typeof manifest>;

export const deployment = z.object({
  stateroot: z.string(),
  checksum: hex64,
  serial: z.number().int(),
  booted: z.boolean(),
  staged: z.boolean(),
  /** First after the booted one, or marked as such by the client. */
  rollback: z.boolean(),
  pinned: z.boolean(),
  origin: z.string().optional(),
  version: z.string().optional(),
});
export type Deployment = z.infer<typeof deployment>;

/** A Boot Loader Specification entry as found in /boot/loader/entries, with what it points at. */
export const bootEntry = z.object({
  file: z.string(),
  title: z.string(),
  version: z.string(),
  options: z.string(),
  linux: z.string(),
  initrd: z.string().optional(),
  /** sha256 of the files; absent: the file does not exist. */
  linuxSha256: hex64.optional(),
  initrdSha256: hex64.optional(),
  /** The value of ostree= in the options. */
  ostreePath: z.string().optional(),
  /** The deployment that `ostreePath` leads to (`STATEROOT/CSUM.SERIAL`); absent: it leads nowhere. */
  resolvesTo: z.string().optional(),
});
export type BootEntry = z.infer<typeof bootEntry>;

export const bootState = z.object({
  /** `loader.0` or `loader.1`; absent: /boot/loader does not exist. */
  loader: z.string().optional(),
  /** In the order in which the firmware's menu shows them, the default first when no boot environment says otherwise. */
  entries: z.array(bootEntry),
  /** The boot loader's variables (GRUB's block, U-Boot's boot counting); absent: none. `environmentValid` false: the block is not whole. */
  environment: z.record(z.string(), z.string()).optional(),
  environmentValid: z.boolean(),
  /** File name of the entry that the firmware would pick now, entries and environment evaluated as the image's boot menu does. */
  default: z.string().optional(),
});
export type BootState = z.infer<typeof bootState>;

export const leftovers = z.object({
  /** STATEROOT/CSUM.SERIAL directories under ostree/deploy/*\/deploy. */
  deploymentDirs: z.array(z.string()),
  /** /boot/loader.N directories. */
  loaderDirs: z.array(z.string()),
  /** /boot/ostree/* directories. */
  bootOstreeDirs: z.array(z.string()),
  /** /ostree/boot.N and boot.N.M. */
  bootlinks: z.array(z.string()),
  /** Names in /ostree/repo/tmp, without cache and lock. */
  repoTmp: z.array(z.string()),
  /** Bytes used of the file system that holds /ostree, and of /boot. */
  rootUsedBytes: z.number().optional(),
  bootUsedBytes: z.number().optional(),
});

/** What /usr of the booted (live) or the picked (offline) deployment holds. */
export const usrState = z.object({
  checksum: hex64,
  /** Differences to the commit, bounded to 100: `path: what`. Empty: verified clean. */
  differences: z.array(z.string()),
  /** How it was verified: `ostree-fsck`, `manifest`, `fs-verity`. */
  method: z.string(),
  filesVerified: z.number().int(),
});

/** The part that can be seen with and without running the device. */
export const systemView = z.object({
  /** `firmware`: read as the boot loader does, journal not replayed. `kernel`: after replay. `live`: over the shell. */
  view: z.enum(['firmware', 'kernel', 'live']),
  deployments: z.array(deployment),
  boot: bootState,
  leftovers,
  usr: usrState.optional(),
  /** /etc of the deployment in `usr`. */
  etc: manifest.optional(),
  /** The harness's own tree, /var/lib/bootproof-canary. */
  canaries: manifest.optional(),
  /** Everything else in /var: path, type, owner, mode, size; hashes only below 64 KiB. */
  var: manifest.optional(),
  machineId: z.string().optional(),
});
export type SystemView = z.infer<typeof systemView>;

/** A root that is a composefs image, as the kernel has mounted it. */
export const composefsRoot = z.object({
  /** True: a file whose fs-verity digest is not the one in the image cannot be opened (`verity=require` of overlayfs). */
  verityRequired: z.boolean(),
  /** fs-verity digest of the image, as the kernel measures it; absent: it has none, or the device has nothing to ask by. */
  digest: hex64.optional(),
});
export type ComposefsRoot = z.infer<typeof composefsRoot>;

export const observation = systemView.extend({
  view: z.literal('live'),
  /** ISO 8601, harness clock. */
  at: z.string(),
  bootId: z.string(),
  /** systemd's soft-reboot counter; absent where systemd is older. */
  softReboots: z.number().int().optional(),
  kernelRelease: z.string(),
  /** GNU build id of the running kernel (/sys/kernel/notes), hex. */
  kernelBuildId: z.string().optional(),
  cmdline: z.string(),
  /** SHA256:... as pinned at this connection. */
  hostKey: z.string(),
  /** What the update client's own check said of what it keeps; absent: it has none. `not-ended`: it was given up. */
  clientCheck: z
    .object({
      command: z.string(),
      outcome: z.enum(['clean', 'problems', 'not-ended']),
      problems: z.array(z.string()),
    })
    .optional(),
  /** Absent: the root is no composefs image. */
  composefs: composefsRoot.optional(),
  usrReadOnly: z.boolean(),
  /** True: creating a file in /usr was refused. */
  usrWriteRefused: z.boolean(),
  mounts: z.array(z.object({ target: z.string(), source: z.string(), fstype: z.string(), options: z.string() })),
  failedUnits: z.array(z.string()),
  /** Units that are active, with their main pid where they have one. */
  activeUnits: z.array(z.string()),
  /** Kernel log lines that match the health rules (oops, remount-ro, I/O error ...). */
  kernelProblems: z.array(z.string()),
  /** Journal lines of the update client and of finalize in this boot and the one before, bounded to 200. */
  updateJournal: z.array(z.string()),
});
export type Observation = z.infer<typeof observation>;

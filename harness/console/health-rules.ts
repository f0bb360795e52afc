import { BootTracker } from './boot-tracker.ts';
import type { ConsoleLine } from './console-line.ts';
import { visibleText } from './visible-text.ts';

export interface HealthRule {
  /** Stable, kebab-case; `expected` lists and findings use it. */
  readonly name: string;
  readonly pattern: RegExp;
  /** Why it matters, for a report. */
  readonly meaning: string;
  /** Who prints it. */
  readonly source: string;
  /** Only lines of firmware and boot loader: other programs say `error:` too. */
  readonly beforeKernel?: true;
}

/** Read in this order; a line is counted under the first rule that it matches. */
export const healthRules: readonly HealthRule[] = [
  {
    name: 'panic',
    pattern: /Kernel panic - not syncing/,
    meaning: 'the kernel stopped',
    source: 'linux kernel/panic.c',
  },
  {
    name: 'soft-lockup',
    pattern: /BUG: soft lockup|watchdog: .*hard LOCKUP/,
    meaning: 'a CPU did not schedule for longer than the watchdog allows',
    source: 'linux kernel/watchdog.c',
  },
  {
    name: 'oops',
    pattern:
      /\bOops: |kernel BUG at |\bBUG: |(?<!traps: .*)general protection fault[,:]|Unable to handle kernel |Internal error: Oops/,
    meaning: 'the kernel hit a defect of its own and killed the task that met it',
    source: 'linux arch/*/mm/fault.c, arch/x86/kernel/traps.c',
  },
  {
    name: 'hung-task',
    pattern: /INFO: task .+ blocked for more than \d+ seconds/,
    meaning: 'a task waited in the kernel for longer than the hung task limit',
    source: 'linux kernel/hung_task.c',
  },
  {
    name: 'rcu-stall',
    pattern: /rcu: INFO: .*(?:self-detected stall|detected stalls)|rcu_\w+ kthread starved/,
    meaning: 'a CPU held up RCU: a starved host or a looping kernel',
    source: 'linux kernel/rcu/tree_stall.h',
  },
  {
    name: 'remount-ro',
    pattern: /Remounting filesystem read-only/i,
    meaning: 'a file system met an error and refuses writes from now on',
    source: 'linux fs/ext4/super.c, fs/fat/misc.c',
  },
  {
    name: 'ext4-error',
    pattern:
      /EXT4-fs error|EXT4-fs warning .*mounting fs with errors|EXT4-fs \([^)]+\): .*(?:corrupt|failed|Errors on filesystem)|JBD2: .*(?:error|Failed)/i,
    meaning: 'ext4 or its journal is damaged',
    source: 'linux fs/ext4, fs/jbd2',
  },
  {
    name: 'file-system-error',
    pattern: /XFS \([^)]+\): .*(?:orruption|metadata I\/O error)|BTRFS (?:error|critical)|FAT-fs \([^)]+\): error/,
    meaning: 'a file system is damaged',
    source: 'linux fs/xfs, fs/btrfs, fs/fat',
  },
  {
    name: 'composefs-error',
    pattern: /fs-?verity .*(?:FILE CORRUPTED|mismatch)|overlayfs: .*verity|erofs \([^)]+\): .*(?:corrupt|invalid)/i,
    meaning: 'a file of the sealed system is not what it was when it was sealed',
    source: 'linux fs/verity, fs/overlayfs, fs/erofs',
  },
  {
    name: 'io-error',
    pattern: /\bI\/O error\b|rejecting I\/O to offline device|critical (?:medium|target|space allocation) error/,
    meaning: 'the storage did not read or write what it was asked',
    source: 'linux block/blk-core.c, drivers/scsi',
  },
  {
    name: 'out-of-memory',
    pattern: /invoked oom-killer|Out of memory: Killed process/,
    meaning: 'the kernel killed a process for want of memory',
    source: 'linux mm/oom_kill.c',
  },
  {
    name: 'prepare-root',
    pattern: /ostree-prepare-root: .*(?:fail|couldn't|could not|error|no such|not found)/i,
    meaning: 'the deployment that the boot entry names could not become the root',
    source: 'ostree src/switchroot/ostree-prepare-root.c',
  },
  {
    name: 'no-init',
    pattern:
      /No working init found|Failed to execute \/init|switch_root: (?:can't|failed)|VFS: Unable to mount root fs|VFS: Cannot open root device/,
    meaning: 'the initramfs or the root holds nothing that can run',
    source: 'linux init/main.c, init/do_mounts.c, busybox switch_root',
  },
  {
    name: 'initramfs-gave-up',
    pattern:
      /dracut: Refusing to continue|dracut-initqueue.*(?:timeout|starting timeout scripts)|Gave up waiting for (?:root|suspend)/,
    meaning: 'the initramfs found no root device',
    source: 'dracut modules.d/99base, initramfs-tools scripts/local',
  },
  {
    name: 'emergency-mode',
    pattern:
      /You are in emergency mode|Entering emergency mode|Press Enter for emergency shell|Starting Emergency Shell|Reached target .*emergency\.target|Cannot open access to console, the root account is locked/i,
    meaning: 'the boot ended in an emergency shell',
    source: 'systemd units/emergency.service.in, src/sulogin-shell',
  },
  {
    name: 'systemd-freeze',
    pattern: /systemd\[1\]: Freezing execution|\[!!!!!!\] /,
    meaning: 'the init system gave up',
    source: 'systemd src/core/crash-handler.c',
  },
  {
    name: 'var-not-mounted',
    pattern: /\/var\b.*\bnot mounted\b/i,
    meaning: 'what is written to /var is lost at the next update',
    source: 'warnings of an image of its own; the observation is the proof',
  },
  {
    name: 'mount-failed',
    pattern:
      /Failed to mount |Dependency failed for .*(?:Local File Systems|local-fs\.target|\.mount)|^mount: .*(?:failed|can't|wrong fs type|No such)/,
    meaning: 'a file system of the system is not there',
    source: 'systemd src/core/mount.c, util-linux mount, busybox mount',
  },
  {
    name: 'device-timeout',
    pattern: /Timed out waiting for device/,
    meaning: 'a device that the system needs did not appear',
    source: 'systemd src/core/device.c',
  },
  {
    name: 'grub-file-not-found',
    pattern: /^error: (?:\S+:\d+:)?\s*file\b|['’] not found\.$/,
    meaning: 'a boot entry names a kernel, an initramfs or a configuration that the boot loader cannot find',
    source: 'grub grub-core/fs/fshelp.c, grub-core/fs/ext2.c',
    beforeKernel: true,
  },
  {
    name: 'grub-no-such-partition',
    pattern: /no such (?:partition|device|disk)\b/,
    meaning: 'the boot loader cannot find the disk or partition that it was told to use',
    source: 'grub grub-core/kern/disk.c, grub-core/commands/search.c',
    beforeKernel: true,
  },
  {
    name: 'grub-rescue',
    pattern: /Entering rescue mode|^grub(?: rescue)?> ?$/,
    meaning: 'the boot loader has no configuration to follow and waits for a person',
    source: 'grub grub-core/kern/rescue_parser.c',
    beforeKernel: true,
  },
  {
    name: 'grub-error',
    pattern: /^error: |^alloc magic is broken|^free magic is broken/,
    meaning: 'the boot loader met an error',
    source: 'grub grub-core/kern/err.c',
    beforeKernel: true,
  },
  {
    name: 'u-boot-cannot-load',
    pattern: /^Failed to load '|^\*\* Unable to read file /,
    meaning: 'the boot script names a kernel, an initramfs or a file that U-Boot cannot read',
    source: 'u-boot fs/fs.c',
    beforeKernel: true,
  },
  {
    name: 'u-boot-cannot-boot',
    pattern: /^Bad Linux ARM64 Image magic!|^Wrong Ramdisk Image Format|^SCRIPT FAILED: continuing/,
    meaning: 'what U-Boot has read does not boot, or its boot script has come to an end',
    source: 'u-boot arch/arm/lib/image.c, boot/image-board.c, include/config_distro_bootcmd.h',
    beforeKernel: true,
  },
  {
    name: 'u-boot-environment-torn',
    pattern: /^## Error: bad CRC, import failed/,
    meaning: 'a block of U-Boot variables is not whole, and nothing of it was taken',
    source: 'u-boot cmd/nvedit.c',
    beforeKernel: true,
  },
];

/** A line that a rule matched. */
export interface HealthProblem {
  readonly rule: string;
  /** At most 500 characters, control characters made visible. */
  readonly line: string;
  /** Of the line in the transcript. */
  readonly offset: number;
}

/** Reads lines in order, and keeps in mind whether a kernel runs. */
export class HealthScanner {
  readonly boots = new BootTracker();

  push(line: ConsoleLine): HealthProblem | undefined {
    this.boots.push(line);
    return this.look(line);
  }

  /** As push, without taking note of the line: for one that has not ended yet. */
  look({ text, offset }: ConsoleLine): HealthProblem | undefined {
    const applies = ({ beforeKernel }: HealthRule) => !beforeKernel || this.boots.beforeKernel;
    const rule = healthRules.find((candidate) => applies(candidate) && candidate.pattern.test(text));
    return rule && { rule: rule.name, line: visibleText(text), offset };
  }
}

export function scanHealth(lines: Iterable<ConsoleLine>): HealthProblem[] {
  const scanner = new HealthScanner();
  return [...lines].map((line) => scanner.push(line)).filter((problem) => problem !== undefined);
}

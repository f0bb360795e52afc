import { expect } from 'chai';
import { LineSplitter } from './console-line.ts';
import { bootBytes } from './fixtures/boot-recording.ts';
import { healthRules, scanHealth } from './health-rules.ts';

const scan = (text: string | Buffer) =>
  scanHealth(new LineSplitter().push(Buffer.concat([Buffer.from(text), Buffer.from('\n')]), 0));
const kernel = '[    0.000000] Linux version 6.12 (x)\n';

/** What the programs print, one or more lines a rule. */
const samples: Record<string, readonly string[]> = {
  panic: [
    '[    4.1] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)',
    '[    4.1] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100',
  ],
  'soft-lockup': ['[   40.0] watchdog: BUG: soft lockup - CPU#0 stuck for 23s! [swapper/0:1]'],
  oops: [
    '[    5.1] BUG: kernel NULL pointer dereference, address: 0000000000000000',
    '[    5.1] Oops: general protection fault, probably for non-canonical address 0xdead: 0000 [#1] PREEMPT SMP PTI',
    '[    5.1] kernel BUG at fs/ext4/inode.c:2100!',
    '[    5.1] Unable to handle kernel NULL pointer dereference at virtual address 0000000000000000',
  ],
  'hung-task': ['[  240.1] INFO: task ostree:412 blocked for more than 120 seconds.'],
  'rcu-stall': ['[   30.1] rcu: INFO: rcu_preempt self-detected stall on CPU'],
  'remount-ro': ['[    9.1] EXT4-fs (vda5): Remounting filesystem read-only'],
  'ext4-error': [
    '[    9.1] EXT4-fs error (device vda5): ext4_lookup:1855: inode #2: comm ls: deleted inode referenced: 13',
    '[    9.1] EXT4-fs (vda5): Errors on filesystem, clearing orphan list.',
    '[    9.1] JBD2: recovery failed',
  ],
  'file-system-error': ['[    9.1] XFS (vda3): Metadata corruption detected at xfs_dir3_block_read_verify'],
  'composefs-error': ['[    9.1] fs-verity (vda5, inode 12): FILE CORRUPTED! pos=0, level=0'],
  'io-error': [
    '[    9.1] I/O error, dev vda, sector 2048 op 0x0:(READ) flags 0x0 phys_seg 1 prio class 2',
    '[    9.1] Buffer I/O error on dev vda5, logical block 0, async page read',
  ],
  'out-of-memory': ['[   20.1] Out of memory: Killed process 300 (ostree) total-vm:1kB'],
  'prepare-root': [
    "ostree-prepare-root: Couldn't find specified OSTree root '/sysroot/ostree/boot.1/x': No such file or directory",
    'ostree-prepare-root: composefs: failed to mount: fsverity not enabled on composefs image',
  ],
  'no-init': ["switch_root: can't execute '/sbin/init': No such file or directory"],
  'initramfs-gave-up': ['dracut: Refusing to continue'],
  'emergency-mode': [
    'You are in emergency mode. After logging in, type "journalctl -xb"',
    'Press Enter for emergency shell or wait',
  ],
  'systemd-freeze': ['[    6.1] systemd[1]: Freezing execution.'],
  'var-not-mounted': ['Warning: /var not mounted'],
  'mount-failed': [
    '[\u001b[0;1;31mFAILED\u001b[0m] Failed to mount \u001b[0;1;39mboot.mount\u001b[0m - /boot.',
    'mount: mounting LABEL=boot on /sysroot/boot failed: No such file or directory',
  ],
  'device-timeout': ['[  TIME ] Timed out waiting for device dev-disk-by\\x2dlabel-boot.device'],
};
const bootLoaders: Record<string, readonly string[]> = {
  'grub-file-not-found': [
    "error: file `/ostree/bootproof-1/vmlinuz' not found.",
    "error: ../../grub-core/fs/fshelp.c:257:file `/vmlinuz' not found.",
    // GRUB breaks long paths into lines of 80 columns.
    'error: file\r\n\r`/ostree/bootproof-420ca1d51de292036b4717226fef6d0181c15cf41dbbe617928c',
  ],
  'grub-no-such-partition': ['error: no such partition.', 'error: no such device: 1234-5678.'],
  'grub-rescue': ['grub rescue> ', 'Entering rescue mode...'],
  'grub-error': ['error: you need to load the kernel first.', 'error: unknown filesystem.'],
  'u-boot-cannot-load': ["Failed to load '/boot/ostree/bootproof-1/vmlinuz'"],
  'u-boot-cannot-boot': ['Bad Linux ARM64 Image magic!', 'SCRIPT FAILED: continuing...'],
  'u-boot-environment-torn': ['## Error: bad CRC, import failed'],
};

describe('health rules', () => {
  it('have a sample each', () => {
    expect(Object.keys({ ...samples, ...bootLoaders }).sort()).to.deep.equal(
      healthRules.map(({ name }) => name).sort(),
    );
  });

  for (const [rule, lines] of Object.entries(samples))
    it(`sees ${rule}`, () => {
      for (const line of lines)
        expect(
          scan(kernel + line).map((problem) => problem.rule),
          line,
        ).to.deep.equal([rule]);
    });

  for (const [rule, lines] of Object.entries(bootLoaders))
    it(`sees ${rule}, and only before a kernel runs`, () => {
      for (const line of lines) {
        expect(
          scan(line).map((problem) => problem.rule),
          line,
        ).to.deep.equal([rule]);
        expect(scan(kernel + line), line).to.deep.equal([]);
        expect(
          scan(`${kernel}[   99.1] reboot: Restarting system\n${line}`).map((problem) => problem.rule),
        ).to.deep.equal([rule]);
      }
    });

  it('says where, and shows nothing that could harm a report', () => {
    const [problem] = scan(`${kernel}[    4.1] Kernel panic - not syncing: \u0007${'x'.repeat(1000)}\n`);
    expect(problem?.offset).to.equal(kernel.length);
    expect(problem?.line).to.have.length(500);
    expect(problem?.line).to.contain('\\x07');
  });

  it('finds nothing in a healthy boot', () => {
    expect(scan(bootBytes)).to.deep.equal([]);
  });

  it('finds nothing in a healthy start by U-Boot', () => {
    // QEMU's virt, whose U-Boot asks for a kernel from QEMU and for USB first
    const lines = [
      'U-Boot 2023.01+dfsg-2+deb12u3 (Jun 22 2026 - 08:38:07 +0000)',
      'Loading Environment from Flash... OK',
      'Hit any key to stop autoboot:  2 \b\b\b 1 \b\b\b 0',
      'fatal: no kernel available',
      "Command 'load' failed: Error 1",
      'No working controllers found',
      'Device 0: unknown device',
      'Found U-Boot script /boot.scr',
      '30894016 bytes read in 33 ms (892.8 MiB/s)',
      'Starting kernel ...',
    ];
    expect(scan(lines.join('\r\n') + '\r\n' + kernel)).to.deep.equal([]);
  });

  it('allows what a journal replay after a cut says, and faults of user programs', () => {
    const fine = [
      'EXT4-fs (vda5): INFO: recovery required on readonly filesystem',
      'EXT4-fs (vda5): write access will be enabled during recovery',
      'EXT4-fs (vda5): recovery complete',
      'EXT4-fs (vda5): orphan cleanup on readonly fs',
      'EXT4-fs (vda5): 2 orphan inodes deleted',
      'EXT4-fs (vda5): re-mounted d7f51b76 r/w.',
      'FAT-fs (vda2): Volume was not properly unmounted. Some data may be corrupt. Please run fsck.',
      'traps: prog[12] general protection fault ip:1 sp:2 error:0 in prog[1+2]',
      'ostree-prepare-root[120]: Resolved OSTree target to: /sysroot/ostree/deploy/bootproof/deploy/1.0',
      'sysroot.readonly configuration value: 0 (fs writable: 0)',
    ];
    expect(scan(kernel + fine.map((line) => `[    3.0] ${line}`).join('\n'))).to.deep.equal([]);
  });
});

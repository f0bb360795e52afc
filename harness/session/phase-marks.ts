import type { Deadline } from '../device/deadline.ts';
import type { Shell } from '../device/shell.ts';
import { BenchError } from '../errors/harness-error.ts';

/**
 * Puts the means to mark phases on the running device, in memory only. A mark is one 512-byte O_DIRECT write to a sector of its own
 * in the partition `marks`, so that it stands in the block log in order with the updater's writes and flushes nothing, and one line on
 * the console, so that a live fault can be aimed. $1 is the number of the first mark of this boot. Two units around finalize mark its
 * begin and end: ordered by systemd, without a change to finalize itself, and by each other where there is nothing to finalize.
 */
const installScript = `
set -eu
mkdir -p /run/bootproof /run/systemd/system
echo "$1" > /run/bootproof/next
cat > /run/bootproof/mark <<'MARK'
#!/bin/sh
n=$(cat /run/bootproof/next)
printf 'bootproof-mark %s %s %s\\n' "$n" "$1" "$2" | dd of=/dev/disk/by-partlabel/marks bs=512 seek="$n" count=1 conv=sync,notrunc oflag=direct 2>/dev/null || exit 0
echo $((n + 1)) > /run/bootproof/next
printf 'bootproof-mark %s %s %s\\r\\n' "$n" "$1" "$2" > /dev/console
exit 0
MARK
chmod +x /run/bootproof/mark
unit() {
  cat > /run/systemd/system/bootproof-finalize-$1.service <<UNIT
[Unit]
DefaultDependencies=no
Conflicts=final.target
Before=final.target
RequiresMountsFor=/sysroot /boot
$2
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
ExecStop=/run/bootproof/mark finalize $1
UNIT
}
unit begin 'After=bootproof-finalize-end.service ostree-finalize-staged.service'
unit end Before=ostree-finalize-staged.service
systemctl daemon-reload
systemctl start --no-block bootproof-finalize-begin.service bootproof-finalize-end.service
[ -b /dev/disk/by-partlabel/marks ]
`;

/** @throws BenchError `marks-not-installed`. */
export async function installMarks(shell: Shell, first: number, deadline: Deadline): Promise<void> {
  const { exitCode, stderr } = await shell.script(installScript, [String(first)], { deadline });
  if (exitCode !== 0) {
    throw new BenchError('Phase marks could not be installed on the device', {
      code: 'marks-not-installed',
      hint: 'the image needs a partition labelled marks, and systemd',
      details: { benchUsable: true, exitCode, stderr: stderr.toString('utf8').slice(-2000) },
    });
  }
}

export async function mark(shell: Shell, phase: string, edge: 'begin' | 'end', deadline: Deadline): Promise<void> {
  await shell.run(['/run/bootproof/mark', phase, edge], { deadline });
}

/** A mark as it stands on the console. */
export const markPattern = (phase: string, edge: 'begin' | 'end'): string => `bootproof-mark \\d+ ${phase} ${edge}`;

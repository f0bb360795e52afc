import { BenchError, CapabilityError } from '../errors/harness-error.ts';
import type { DeviceSession } from './device-session.ts';

/**
 * Through the block device, on which no rule of the file system above it holds. What is read at the end comes from the storage: the write has reached it. Prints
 * `DEVICE OFFSET BEFORE AFTER`, the last two as numbers. Ends with 3 where a device has not what it takes.
 */
export const flipScript = `
set -eu
for tool in findmnt filefrag od dd; do command -v "$tool" >/dev/null || { echo "no $tool" >&2; exit 3; }; done
device=$(findmnt -n -o SOURCE --nofsroot -T "$1")
at=$(filefrag -b1 -v "$1" | awk '$1 == "0:" { print $4 + 0; exit }')
[ "\${at:-0}" -gt 0 ] || { echo "no block of its own: $1" >&2; exit 3; }
byte() { dd if="$device" bs=4096 skip=$((at / 4096)) count=1 iflag=direct status=none | od -An -tu1 -j $((at % 4096)) -N1 | tr -d ' '; }
sync
before=$(byte)
printf "\\\\$(printf %03o $((before ^ 1)))" | dd of="$device" bs=1 seek="$at" conv=notrunc,fsync status=none
echo 3 >/proc/sys/vm/drop_caches
echo "$device $at $before $(byte)"
`;

/** @throws CapabilityError `no-bit-to-flip`, BenchError `bit-not-flipped`. */
export async function flipBit(session: DeviceSession, path: string): Promise<void> {
  await session.booted();
  const { exitCode, stdout, stderr } = await session.device.current.shell.script(flipScript, [path], {
    deadline: session.limit('canaries'),
  });
  session.touched();
  const [said, why] = [stdout, stderr].map((bytes) => bytes.toString('utf8').trim().slice(-500));
  if (exitCode === 3)
    throw new CapabilityError(`No bit of it can be flipped on this device: ${path}`, {
      code: 'no-bit-to-flip',
      ...(why ? { hint: why } : {}),
    });
  const flipped = exitCode === 0 ? flippedBit(said ?? '') : undefined;
  if (!flipped)
    throw new BenchError(`No bit was flipped: ${path}`, {
      code: 'bit-not-flipped',
      hint: 'may the device write to its own disk beneath a file system?',
      details: { exitCode, said, why },
    });
  session.steps.note('flipped-bit', { path, ...flipped });
}

/** undefined: what the storage holds now is not what it held but for one bit. */
export function flippedBit(
  said: string,
): { device: string; offset: number; before: number; after: number } | undefined {
  const [, device, ...numbers] = /^(\/dev\/[\w/-]{1,100}) (\d{1,15}) (\d{1,3}) (\d{1,3})$/.exec(said) ?? [];
  if (device === undefined) return undefined;
  const [offset = 0, before = 0, after = 0] = numbers.map(Number);
  return after === (before ^ 1) ? { device, offset, before, after } : undefined;
}

import type { DeviceConsole } from '../console/console.ts';
import type { Deadline } from '../device/deadline.ts';
import type { DeviceIdentity, InjectedFile } from '../device/target.ts';

/** An identity whose host key is not known yet: the device makes it. Until then it is a key that nobody has, so that no connection is accepted. */
export type LearnedIdentity = { -readonly [Key in keyof DeviceIdentity]: DeviceIdentity[Key] };

/** Without what the device makes for itself: login and trust are left. */
export function withoutOwnFiles(files: readonly InjectedFile[]): InjectedFile[] {
  return files.filter(({ path }) => !/\/etc\/(machine-id|ssh\/ssh_host_[^/]*)$/.test(path));
}

/** What cloud images do as well: the key is told where only who holds the console can say it, before SSH answers. A blob of ed25519 has 68 characters. */
const keyOnConsole = /ssh-host-key: (ssh-ed25519 [A-Za-z0-9+/]{68})\r*\n/;

/** Pins the host key that the device tells on its console at the first boot. @throws DeadlineError `console-no-match` when it tells none. */
export async function learnHostKey(
  identity: LearnedIdentity,
  console: DeviceConsole,
  from: number,
  deadline: Deadline,
): Promise<void> {
  const match = await console.expect([{ name: 'the host key', pattern: keyOnConsole }], { from, deadline });
  identity.hostPublicKey = match.groups['1']!;
}

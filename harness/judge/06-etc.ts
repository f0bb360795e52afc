import { bootedDeployment, commitOf, imageOf } from './deployment-name.ts';
import { compareEtc } from './etc-comparison.ts';
import { etcConflict, expectedEtc } from './etc-expectation.ts';
import { quoted, reporter } from './evidence.ts';
import type { Finding } from './finding.ts';
import { pickedEntry } from './picked-entry.ts';
import type { Transition } from './transition.ts';

const { violation, note } = reporter(6, 'live');

/** Oracle 6: /etc holds what the policy of the running image says, whole. */
export function etc(t: Transition): Finding[] {
  return [...offline(t), ...live(t), ...transientMount(t), ...silentFailure(t), ...identityOfDevice(t)];
}

function live(t: Transition): Finding[] {
  const running = bootedDeployment(t.after)?.checksum;
  // Neither old nor new: oracle 1 says so, and there is no /etc to hold this one against.
  if (running === undefined || imageOf(t, running) === undefined) return [];
  const expected = expectedEtc(t, running);
  if (t.after.etc === undefined || expected === undefined)
    return [note('etc-not-judged', `No ${expected ? 'manifest' : 'expectation'} of it to compare: /etc`)];
  return compareEtc(t, running, expected, t.after.etc, 'live');
}

/** The disk between cut and boot: /etc of the deployment that would be booted, before the system itself writes to it. */
function offline(t: Transition): Finding[] {
  const kernel = t.offline?.kernel;
  if (kernel?.etc === undefined) return [];
  const commit = kernel.usr?.checksum ?? commitOf(pickedEntry(kernel.boot)?.resolvesTo);
  const image = imageOf(t, commit);
  // A transient /etc is made at boot: on the disk there is none to judge, and usr/etc is part of oracle 5.
  if (image === undefined || image.etcPolicy === 'transient') return [];
  const expected = expectedEtc(t, image.commit);
  return expected ? compareEtc(t, image.commit, expected, kernel.etc, 'kernel') : [];
}

/** That /etc is made again at every boot is proven by its mount: an overlay (ostree's prepare-root puts its upper in /run) or a tmpfs. */
function transientMount(t: Transition): Finding[] {
  const image = imageOf(t, bootedDeployment(t.after)?.checksum);
  if (image?.etcPolicy !== 'transient') return [];
  const mount = t.after.mounts.filter(({ target }) => target === '/etc').at(-1);
  const upper = /(?:^|,)upperdir=([^,]*)/.exec(mount?.options ?? '')?.[1];
  if (mount?.fstype === 'tmpfs') return [];
  if (mount?.fstype === 'overlay' && (upper === undefined || upper.startsWith('/run/'))) return [];
  return [
    violation(
      'etc-not-transient',
      `${image.name} promises an /etc that is made at every boot, and mounts ${quoted(mount?.fstype ?? 'nothing')} there`,
      {
        ...mount,
      },
    ),
  ];
}

/** A finalize that cannot merge has to fail, and to say so: ostree-boot-complete.service reports it at the next boot. */
function silentFailure(t: Transition): Finding[] {
  const conflict = etcConflict(t);
  const finalizeRan = !t.stageDropped && (t.fault === undefined || t.fault.position === 'none');
  const staged = t.staged?.deployments.some((deployment) => deployment.staged) === true;
  if (!conflict || !finalizeRan || !staged || bootedDeployment(t.after)?.checksum !== t.from.commit) return [];
  const units = ['ostree-boot-complete.service', 'ostree-finalize-staged.service'];
  if (t.after.failedUnits.some((unit) => units.includes(unit))) return [];
  if (
    t.after.updateJournal.some((line) =>
      /cannot merge|\/etc merge|finali[sz]e.*fail|failed on previous boot/i.test(line),
    )
  )
    return [];
  return [
    violation(
      'finalize-failed-silently',
      `Finalize could not merge /etc and nothing says so: ${quoted(conflict.path)}`,
      { ...conflict },
    ),
  ];
}

/** Machine id and SSH host key live in /etc; the control run excuses the files, not the loss of what they say. */
function identityOfDevice(t: Transition): Finding[] {
  const running = imageOf(t, bootedDeployment(t.after)?.checksum);
  // A rollback returns to what its own /etc says, and a transient /etc may make both anew.
  if (t.kind === 'rollback' || running?.etcPolicy !== 'merge' || t.from.etcPolicy !== 'merge') return [];
  const found: Finding[] = [];
  const { before, after } = t;
  if (before.machineId && after.machineId && before.machineId !== after.machineId)
    found.push(
      violation('machine-id-changed', 'Another one than before the transition: the machine id', {
        was: before.machineId,
        is: after.machineId,
      }),
    );
  if (before.hostKey !== after.hostKey)
    found.push(
      violation('host-key-changed', 'Another one than before the transition: the SSH host key', {
        was: before.hostKey,
        is: after.hostKey,
      }),
    );
  return found;
}

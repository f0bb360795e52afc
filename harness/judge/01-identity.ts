import type { Finding } from './finding.ts';
import { clientClaims } from './client-claims.ts';
import { bootedDeployment, imageOf, imageWords } from './deployment-name.ts';
import { quoted, reporter } from './evidence.ts';
import { expectedCommits } from './expected-commits.ts';
import { judgeCommandLine } from './command-line.ts';
import type { Transition } from './transition.ts';

const { violation } = reporter(1, 'live');

/** Oracle 1: the booted system is the expected one, by all that it says about itself. */
export function identity(t: Transition): Finding[] {
  const booted = bootedDeployment(t.after);
  if (booted === undefined)
    return [
      violation('no-booted-deployment', 'No deployment is booted: the running system is none of those on the disk'),
    ];
  return [
    ...outcome(t, booted.checksum),
    ...staging(t),
    ...image(t, booted.checksum),
    ...judgeCommandLine(t, booted),
    ...clientClaims(t),
  ];
}

function outcome(t: Transition, running: string): Finding[] {
  const { commits, reason } = expectedCommits(t);
  if (commits.includes(running)) return [];
  const words = `${imageWords(t, running)} runs, expected ${commits.map((c) => imageWords(t, c)).join(' or ')}: ${reason}`;
  const details = { running, expected: commits, reason };
  if (running !== t.from.commit && running !== t.to.commit) return [violation('neither-old-nor-new', words, details)];
  if (running !== t.from.commit || commits.includes(t.from.commit))
    return [violation('wrong-system-booted', words, details)];
  return [violation(t.kind === 'rollback' ? 'rollback-not-applied' : 'update-not-applied', words, details)];
}

/** What is to wait for the next reboot, and what must not. */
function staging(t: Transition): Finding[] {
  const staged = t.after.deployments.find((deployment) => deployment.staged)?.checksum;
  if (t.kind === 'stage-only' && t.fault === undefined && staged !== t.to.commit)
    return [
      violation('update-not-staged', `${imageWords(t, staged)} is staged, expected ${imageWords(t, t.to.commit)}`, {
        staged,
      }),
    ];
  const wasStaged = t.before.deployments.some((deployment) => deployment.staged && deployment.checksum === staged);
  if (t.kind === 'no-update' && staged !== undefined && !wasStaged)
    return [
      violation('staged-without-update', `${imageWords(t, staged)} is staged although there was nothing to update to`, {
        staged,
      }),
    ];
  return [];
}

function image(t: Transition, running: string): Finding[] {
  const found: Finding[] = [];
  const usr = t.after.usr;
  if (usr !== undefined && usr.checksum !== running)
    found.push(
      violation(
        'usr-of-another-image',
        `/usr was verified as ${imageWords(t, usr.checksum)}, booted is ${imageWords(t, running)}`,
        {
          usr: usr.checksum,
          running,
        },
      ),
    );
  const expected = imageOf(t, running);
  if (expected === undefined) return found;
  const { kernelRelease, kernelBuildId } = t.after;
  const sameBuild = !expected.kernelBuildId || !kernelBuildId || expected.kernelBuildId === kernelBuildId;
  if (kernelRelease !== expected.kernelRelease || !sameBuild)
    found.push(
      violation(
        'kernel-of-another-image',
        `Kernel ${quoted(kernelRelease)} runs, ${expected.name} ships ${quoted(expected.kernelRelease)}${sameBuild ? '' : ' of another build'}`,
        {
          kernelRelease,
          kernelBuildId,
          expectedRelease: expected.kernelRelease,
          expectedBuildId: expected.kernelBuildId,
        },
      ),
    );
  return found;
}

import { bootedDeployment, imageWords } from './deployment-name.ts';
import { reporter } from './evidence.ts';
import { etcConflict } from './etc-expectation.ts';
import type { Finding } from './finding.ts';
import type { Transition } from './transition.ts';

const { violation, note } = reporter(1, 'transition');

/** Part of oracle 1: what the client said, held against what the device shows. */
export function clientClaims(t: Transition): Finding[] {
  const { client } = t;
  if (client === undefined || t.from.commit === t.to.commit) return [];
  if (!['switch', 'update', 'rollback', 'stage-only'].includes(t.kind)) return [];
  const claimed = client.saidSuccess && client.exitCode === 0;
  if (claimed && !performed(t) && !takenBack(t))
    return [
      violation(
        'client-claims-unperformed',
        `The client said success, and nothing on the device is ${imageWords(t, t.to.commit)}`,
        {
          ...client,
        },
      ),
    ];
  // A note: what the device does decides, and it did what was asked (bootc without podman exits 1 on an update that is staged and boots).
  // Who trusts the exit code is misled, so it is said. A client that a fault hit may well have failed after it had staged.
  if (!claimed && t.fault === undefined && performed(t))
    return [
      note(
        'client-error-but-staged',
        `The client reported an error, and ${imageWords(t, t.to.commit)} is on the device`,
        { ...client },
      ),
    ];
  return [];
}

/** The system asked for runs, waits or waited for the next boot. */
function performed(t: Transition): boolean {
  const { commit } = t.to;
  if (bootedDeployment(t.after)?.checksum === commit) return true;
  // A rollback makes no deployment: it puts one that is there first.
  if (t.kind === 'rollback') return [t.staged, t.after].some((seen) => seen?.deployments[0]?.checksum === commit);
  if ([t.staged, t.after].some((seen) => seen?.deployments.some((d) => d.staged && d.checksum === commit))) return true;
  const had = t.before.deployments.filter((deployment) => deployment.checksum === commit).length;
  return [t.staged, t.after].some(
    (seen) => (seen?.deployments.filter((deployment) => deployment.checksum === commit).length ?? 0) > had,
  );
}

/** What was staged may be gone again by right: the cut dropped it, the fault undid it, or finalize could not merge /etc. */
function takenBack(t: Transition): boolean {
  return t.stageDropped || t.fault !== undefined || etcConflict(t) !== undefined;
}

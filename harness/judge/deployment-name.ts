import type { Deployment, SystemView } from '../observe/observation.ts';
import type { ImageExpectation, Transition } from './transition.ts';

/** `STATEROOT/CSUM.SERIAL`: the form in which boot entries and directories name a deployment. */
export function deploymentName(deployment: Deployment): string {
  return `${deployment.stateroot}/${deployment.checksum}.${deployment.serial}`;
}

/** The commit in `STATEROOT/CSUM.SERIAL`; undefined for anything else. */
export function commitOf(name: string | undefined): string | undefined {
  return /\/([0-9a-f]{64})\.\d+$/.exec(name ?? '')?.[1];
}

export function bootedDeployment(view: Pick<SystemView, 'deployments'>): Deployment | undefined {
  return view.deployments.find((deployment) => deployment.booted);
}

/** The image that a commit belongs to; undefined: neither of the two of this transition. */
export function imageOf(t: Transition, commit: string | undefined): ImageExpectation | undefined {
  return [t.from, t.to].find((image) => image.commit === commit);
}

/** `v2 (1a2b3c4d5e6f)`, or the commit alone where no image of this transition has it. */
export function imageWords(t: Transition, commit: string | undefined): string {
  if (commit === undefined) return 'nothing';
  const short = commit.slice(0, 12);
  const name = imageOf(t, commit)?.name;
  return name === undefined ? `an unknown system (${short})` : `${name} (${short})`;
}

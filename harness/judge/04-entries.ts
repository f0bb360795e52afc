import type { Observation, SystemView } from '../observe/observation.ts';
import { deploymentName } from './deployment-name.ts';
import { listed, quoted, reporter } from './evidence.ts';
import type { Finding } from './finding.ts';
import { leftovers } from './leftovers.ts';
import type { Transition } from './transition.ts';

/** Oracle 4: every boot entry leads to a deployment, a staged one has none, and a completed update leaves nothing behind. */
export function entries(t: Transition): Finding[] {
  const views: SystemView[] = [t.after];
  if (t.offline) views.unshift(t.offline.kernel);
  if (t.staged) views.unshift(t.staged);
  return [...views.flatMap(resolving), ...staged(t.staged ?? t.after), ...(t.completed ? leftovers(t) : [])];
}

function resolving(view: SystemView): Finding[] {
  const { violation } = reporter(4, view.view);
  const known = view.deployments.map(deploymentName);
  return view.boot.entries
    .filter(({ resolvesTo }) => resolvesTo === undefined || !known.includes(resolvesTo))
    .map(({ file, ostreePath, resolvesTo }) =>
      violation(
        'entry-unresolved',
        `Boot entry leads to no deployment: ${quoted(file)}, ostree=${quoted(ostreePath ?? '')}`,
        { file, ostreePath, resolvesTo },
      ),
    );
}

function staged(view: Observation): Finding[] {
  const { violation } = reporter(4, view.view);
  const names = view.deployments.filter((deployment) => deployment.staged).map(deploymentName);
  const early = view.boot.entries.filter(({ resolvesTo }) => resolvesTo !== undefined && names.includes(resolvesTo));
  if (early.length === 0) return [];
  return [
    violation(
      'staged-has-entry',
      `A staged deployment can be booted before it is finalized: ${listed(early.map(({ file }) => file))}`,
      {
        staged: names,
      },
    ),
  ];
}

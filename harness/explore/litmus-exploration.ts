import type { Bound } from './enumeration.ts';
import { epochsOf } from './epoch.ts';
import { EpochExplorer } from './epoch-explorer.ts';
import { explorationOf, type Exploration } from './exploration.ts';
import type { ExploreSubject } from './subject.ts';

/** For tests: explores all there is, each pruned state judged in full too. */
export function explore(subject: ExploreSubject, bound: Bound): Exploration {
  const explorer = new EpochExplorer(subject, { bound, dense: [0, 1e9], seed: 1, checkShare: 1 });
  try {
    return explorationOf(
      subject,
      [...epochsOf(explorer.disk.log)].map((epoch) => explorer.explore(epoch)),
    );
  } finally {
    explorer.close();
  }
}

export const codesOf = ({ classes }: Exploration): string[] =>
  [...new Set(classes.flatMap(({ findings }) => findings.map(({ code }) => code)))].sort();

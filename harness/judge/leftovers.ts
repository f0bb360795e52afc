import type { Observation } from '../observe/observation.ts';
import { basename } from './base-name.ts';
import { deploymentName } from './deployment-name.ts';
import { listed, reporter, sample } from './evidence.ts';
import type { Finding } from './finding.ts';
import type { Transition } from './transition.ts';

const { violation } = reporter(4, 'live');

/**
 * Part of oracle 4: what ostree's cleanup (cleanup_other_bootversions, cleanup_old_deployments, cleanup_tmpdir) should have removed. It belongs to an update: where
 * there was none to make, what an interrupted one left before still waits for the next.
 */
export function leftovers({ kind, before, after }: Pick<Transition, 'kind' | 'before' | 'after'>): Finding[] {
  const waits = kind === 'reboot' || kind === 'no-update' ? leftIn(before) : {};
  return Object.entries(leftIn(after))
    .map(([code, names]) => [code, names.filter((name) => !waits[code]?.includes(name))] as const)
    .filter(([, names]) => names.length > 0)
    .map(([code, names]) =>
      violation(code, `Left behind by a completed update: ${listed(names)}`, { names: sample(names) }),
    );
}

/** By code of the finding. */
function leftIn({ boot, deployments, leftovers: there }: Observation): Record<string, string[]> {
  const known = deployments.map(deploymentName);
  const paths = boot.entries.flatMap(({ linux, initrd }) => [linux, initrd ?? '']);
  const links = boot.entries.flatMap(
    ({ ostreePath }) => /\/(boot\.[01])(?:\.[01])?\//.exec(ostreePath ?? '')?.[1] ?? [],
  );
  return {
    'leftover-deployment': there.deploymentDirs.filter((dir) => !known.includes(dir)),
    'leftover-loader': there.loaderDirs.filter((dir) => basename(dir) !== basename(boot.loader ?? '')),
    'leftover-boot-dir': there.bootOstreeDirs.filter(
      (dir) => !paths.some((path) => path.includes(`/${basename(dir)}/`)),
    ),
    'leftover-bootlink': bootlinks(there.bootlinks, links),
    'leftover-repo-tmp': there.repoTmp,
  };
}

/** Links of the other boot version, and of the one in use all but one of its two forms (`boot.1` leads to `boot.1.0` or to `boot.1.1`). */
function bootlinks(there: readonly string[], used: readonly string[]): string[] {
  const other = there.filter((link) => !used.includes(basename(link).slice(0, 'boot.N'.length)));
  const forms = there.filter((link) => !other.includes(link) && /^boot\.[01]\.[01]$/.test(basename(link)));
  return forms.length > 1 ? [...other, ...forms] : other;
}

import type { Qualification } from '../record/qualification.ts';
import type { QualificationStanding } from '../record/qualification-standing.ts';

export interface KeptQualification {
  readonly qualification: Qualification;
  /** Of the file, hex. */
  readonly sha256: string;
}

/**
 * Holds a configuration against the last qualification. The tool's own version and the digest of its oracles must be the same: they are
 * what was qualified. Of what the host puts under a device major and minor must be: a third number is a correction, which distributions
 * install by themselves. What cannot be read as a version must be the same.
 */
export function standingOf(
  present: Pick<Qualification, 'tool' | 'configuration'>,
  kept: KeptQualification | undefined,
): QualificationStanding {
  if (!kept) return { status: 'unqualified', differences: [] };
  const { qualification, sha256 } = kept;
  const count = (...outcomes: readonly string[]) =>
    qualification.mutants.filter(({ outcome }) => outcomes.includes(outcome)).length;
  const mutants = { killed: count('killed'), lived: count('survived', 'wrong-reason'), notRun: count('not-run') };
  const differences = differencesOf(present, qualification);
  const { version, commit } = qualification.tool;
  return {
    status: mutants.lived > 0 || mutants.killed === 0 ? 'survivors' : differences.length > 0 ? 'outside' : 'inside',
    of: { sha256, version, commit, mutants },
    differences,
  };
}

function differencesOf(
  present: Pick<Qualification, 'tool' | 'configuration'>,
  qualified: Pick<Qualification, 'tool' | 'configuration'>,
): QualificationStanding['differences'] {
  const exact = [
    ['bootproof', present.tool.version, qualified.tool.version],
    ['oracles', present.tool.oracles, qualified.tool.oracles],
  ] as const;
  const names = [...new Set([...Object.keys(present.configuration), ...Object.keys(qualified.configuration)])].sort();
  const ranged = names.map((name) => [name, present.configuration[name], qualified.configuration[name]] as const);
  return [
    ...exact.filter(([, now, then]) => now !== then),
    ...ranged.filter(([, now, then]) => now === undefined || then === undefined || minorOf(now) !== minorOf(then)),
  ].map(([name, now = 'absent', then = 'absent']) => ({ name, present: now, qualified: then }));
}

/** `6.12` of `6.12.116+deb13-amd64`, `20.19` of `v20.19.2`. */
function minorOf(version: string): string {
  return /^v?(\d+\.\d+)/.exec(version)?.[1] ?? version;
}

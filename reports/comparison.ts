import type { DigestCase, RunDigest } from '../harness/record/run-digest.ts';

export interface Comparison {
  readonly before: string;
  readonly after: string;
  /** Failed now, and not in the run before: there they passed, ended otherwise, or did not exist. */
  readonly newFailures: readonly DigestCase[];
  /** Failed in both, with the codes that are new. */
  readonly stillFailing: readonly (DigestCase & { readonly newCodes: readonly string[] })[];
  readonly fixed: readonly DigestCase[];
  /** Passed before, and now neither passed nor failed: nothing is known of them any more. */
  readonly lost: readonly DigestCase[];
  readonly appeared: readonly string[];
  readonly disappeared: readonly string[];
  /** `v2: 4722bca5 → b7870229`. */
  readonly changedImages: readonly string[];
  /** Medians of steps that both runs have, by how much they changed. */
  readonly timing: readonly { readonly step: string; readonly beforeMs: number; readonly afterMs: number }[];
  readonly pulledBytes: { readonly before: number | undefined; readonly after: number | undefined };
  readonly flaky: readonly Flakiness[];
}

/** A scenario that both passed and failed on the same images by the same tool, over all of its repetitions and nights. */
export interface Flakiness {
  readonly scenario: string;
  readonly failures: number;
  readonly attempts: number;
  /** Wilson's interval of the failure rate at 95 %. */
  readonly rate: readonly [low: number, high: number];
}

/** `history`: all runs that count for flakiness, the two compared ones among them or not. */
export function compare(before: RunDigest, after: RunDigest, history: readonly RunDigest[] = []): Comparison {
  const old = new Map(before.cases.map((one) => [one.case, one]));
  const now = new Map(after.cases.map((one) => [one.case, one]));
  const failed = after.cases.filter((one) => one.failed);
  const all = new Map([...history, before, after].map((digest) => [digest.run, digest]));
  return {
    before: before.run,
    after: after.run,
    newFailures: failed.filter((one) => !old.get(one.case)?.failed),
    stillFailing: failed.flatMap((one) => {
      const was = old.get(one.case);
      return was?.failed ? [{ ...one, newCodes: one.codes.filter((code) => !was.codes.includes(code)) }] : [];
    }),
    fixed: after.cases.filter((one) => one.verdict === 'passed' && !one.failed && old.get(one.case)?.failed),
    lost: after.cases.filter(
      (one) =>
        !one.failed &&
        one.verdict !== 'passed' &&
        one.verdict !== 'known-issue' &&
        old.get(one.case)?.verdict === 'passed',
    ),
    appeared: [...now.keys()].filter((id) => !old.has(id)),
    disappeared: [...old.keys()].filter((id) => !now.has(id)),
    changedImages: changedImages(before, after),
    timing: timing(before, after),
    pulledBytes: { before: median(before.pulledBytes), after: median(after.pulledBytes) },
    flaky: flakiness([...all.values()]),
  };
}

function changedImages(before: RunDigest, after: RunDigest): string[] {
  const names = [...new Set([...Object.keys(before.images), ...Object.keys(after.images)])].sort();
  const short = (digest: string | undefined) => digest?.replace(/^sha256:/, '').slice(0, 12) ?? 'none';
  return names.flatMap((name) => {
    const [was, is] = [before.images[name], after.images[name]];
    return was === is ? [] : [`${name}: ${short(was)} → ${short(is)}`];
  });
}

function timing(before: RunDigest, after: RunDigest): Comparison['timing'] {
  return Object.keys(after.stepsMs)
    .flatMap((step) => {
      const [beforeMs, afterMs] = [median(before.stepsMs[step] ?? []), median(after.stepsMs[step] ?? [])];
      return beforeMs === undefined || afterMs === undefined ? [] : [{ step, beforeMs, afterMs }];
    })
    .sort((a, b) => Math.abs(b.afterMs - b.beforeMs) - Math.abs(a.afterMs - a.beforeMs));
}

/** Repetitions of a scenario are attempts at the same thing; other images or another tool are not the same thing. */
export function flakiness(history: readonly RunDigest[]): Flakiness[] {
  const groups = new Map<string, { scenario: string; failures: number; attempts: number }>();
  for (const digest of history) {
    const setting = JSON.stringify([Object.entries(digest.images).sort(), digest.tool]);
    for (const { scenario, kind, verdict, failed } of digest.cases) {
      if (kind === 'negative' || (verdict !== 'passed' && !failed)) continue;
      const key = JSON.stringify([setting, scenario]);
      const group = groups.get(key) ?? { scenario, failures: 0, attempts: 0 };
      group.attempts += 1;
      if (failed) group.failures += 1;
      groups.set(key, group);
    }
  }
  return [...groups.values()]
    .filter(({ failures, attempts }) => failures > 0 && failures < attempts)
    .map((group) => ({ ...group, rate: wilson(group.failures, group.attempts) }));
}

/** E. B. Wilson 1927: sound for few attempts and rates near 0 or 1, where the usual interval is not. */
export function wilson(failures: number, attempts: number): [low: number, high: number] {
  const z = 1.959964;
  const rate = failures / attempts;
  const middle = rate + (z * z) / (2 * attempts);
  const spread = z * Math.sqrt((rate * (1 - rate)) / attempts + (z * z) / (4 * attempts * attempts));
  const scale = 1 + (z * z) / attempts;
  return [Math.max(0, (middle - spread) / scale), Math.min(1, (middle + spread) / scale)];
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

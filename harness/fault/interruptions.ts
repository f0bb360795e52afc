import type { Phase } from '../scenario/api.ts';

/** The phases that plain ostree has, in their order. It resolves and imports while it pulls: nothing tells these two apart from `pull`. */
export const ostreePhases = [
  'pull',
  'stage',
  'finalize',
  'boot-swap',
  'reboot',
  'first-boot',
  'boot-complete',
  'cleanup',
] as const satisfies readonly Phase[];

type OstreePhase = (typeof ostreePhases)[number];

/** How an update is interrupted, by the second part of a case's id. */
export const interruptions = {
  cut: 'power cut, rebuilt from the block log',
  reset: 'reset, the storage keeps all that it completed',
  kill: 'client killed (SIGKILL)',
} as const;

export type Interruption = keyof typeof interruptions;

const noClient = 'no client runs: nothing of the update is left to be killed';
const noSign = 'nothing on the console shows this phase: a cut from the block log is aimed there instead';

/** Cells of fault and phase that have no case, each with its reason. All others have one: a test holds this against the scenarios. */
export const notApplicable: Readonly<Record<Interruption, Readonly<Partial<Record<OstreePhase, string>>>>> = {
  cut: {},
  reset: {
    'boot-swap': 'lies within finalize, and nothing shows when: a reset in finalize falls on either side of the commit',
    'boot-complete': noSign,
    cleanup: noSign,
  },
  kill: {
    'boot-swap':
      'lies within finalize, and nothing shows when: which side of the commit a kill in finalize hit is measured',
    reboot: noClient,
    'first-boot': noClient,
    'boot-complete': noClient,
    cleanup:
      'a part of finalize and of the next update; the one that a recording runs by itself finds nothing to remove',
  },
};

/** A Markdown table of every cell, and below it why those without a case have none. `cases`: ids of scenarios. */
export function interruptionTable(cases: ReadonlySet<string>): string {
  const kinds = Object.keys(interruptions) as Interruption[];
  const reasons: string[] = [];
  const cell = (kind: Interruption, phase: OstreePhase): string => {
    const id = `interrupted/${kind}/${phase}`;
    const reason = notApplicable[kind][phase];
    if (reason === undefined) return cases.has(id) ? `\`${id}\`` : '**missing**';
    if (!reasons.includes(reason)) reasons.push(reason);
    return cases.has(id) ? '**both**' : `n/a (${reasons.indexOf(reason) + 1})`;
  };
  const rows = ostreePhases.map((phase) => `| ${phase} | ${kinds.map((kind) => cell(kind, phase)).join(' | ')} |`);
  return [
    `| phase | ${kinds.map((kind) => interruptions[kind]).join(' | ')} |`,
    `|---|${kinds.map(() => '---|').join('')}`,
    ...rows,
    '',
    ...reasons.map((reason, i) => `${i + 1}. ${reason}`),
    '',
  ].join('\n');
}

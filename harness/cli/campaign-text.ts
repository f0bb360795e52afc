import { table } from './table.ts';
import type { CampaignFile } from '../campaign/campaign-file.ts';
import { counts, type Cut } from '../campaign/cuts.ts';
import { survivalText, upperBound } from '../campaign/survival.ts';

export interface PhaseSurvival {
  /** The phase that was hit: a cut that came late counts where it fell. */
  readonly phase: string;
  readonly asked: number;
  readonly count: number;
  readonly failed: number;
  readonly lossModels: readonly string[];
  /** Of one failure in so many, with 95 % confidence. */
  readonly atMost: number;
}

/** A table's worth of numbers, by the phase that was hit. */
export function survivalOf({ scenarios, cuts: perPhase }: CampaignFile, cuts: readonly Cut[]): PhaseSurvival[] {
  const counted = cuts.filter((cut) => counts(cut));
  const phases = [...new Set([...Object.keys(scenarios), ...counted.map(({ hit, asked }) => hit ?? asked)])];
  return phases.map((phase) => {
    const here = counted.filter(({ hit, asked }) => (hit ?? asked) === phase);
    const failed = here.filter(({ verdict }) => verdict !== 'passed').length;
    return {
      phase,
      asked: phase in scenarios ? perPhase : 0,
      count: here.length,
      failed,
      lossModels: [...new Set(here.flatMap(({ lossModel }) => lossModel ?? []))],
      atMost: upperBound(failed, here.length),
    };
  });
}

export function campaignText(campaign: CampaignFile, cuts: readonly Cut[], problems: readonly string[]): string {
  const rows = survivalOf(campaign, cuts).map(({ phase, asked, count, failed, lossModels }) => [
    phase,
    String(asked),
    String(count),
    lossModels.join(', ') || '-',
    survivalText(failed, count),
  ]);
  const counted = cuts.filter((cut) => counts(cut));
  const failed = counted.filter(({ verdict }) => verdict !== 'passed').length;
  const lines = [
    table(['phase hit', 'asked', 'cut', 'loss', 'failed (95 % bound)'], rows),
    '',
    `all: ${survivalText(failed, counted.length)}`,
  ];
  const offTimes = [...new Set(counted.flatMap(({ offMs }) => offMs ?? []))].sort((a, b) => a - b);
  if (offTimes.length > 1) {
    const rowsByTime = offTimes.map((offMs) => {
      const here = counted.filter((cut) => cut.offMs === offMs);
      const bad = here.filter(({ verdict }) => verdict !== 'passed').length;
      return [ms(offMs), String(here.length), survivalText(bad, here.length)];
    });
    lines.push('', table(['without power', 'cut', 'failed (95 % bound)'], rowsByTime), '');
  }
  const broken = cuts.filter(({ verdict }) => verdict === 'broken');
  if (broken.length > 0) lines.push(`${broken.length} broken, no evidence: ${list(broken)}`);
  const latencies = cuts.flatMap(({ latencyMs }) => latencyMs ?? []).sort((a, b) => a - b);
  if (latencies.length > 0)
    lines.push(
      `power off, command to proof: ${ms(latencies[latencies.length >> 1])} median, ${ms(latencies.at(-1))} longest`,
    );
  return [...lines, ...problems].join('\n');
}

function list(cuts: readonly Cut[]): string {
  const shown = cuts.slice(0, 5).map(({ case: id, code }) => `${id} (${code ?? 'no code'})`);
  return `${shown.join(', ')}${cuts.length > 5 ? ' ...' : ''}`;
}

function ms(value: number | undefined): string {
  return `${Math.round(value ?? 0)} ms`;
}

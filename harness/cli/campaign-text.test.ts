import { expect } from 'chai';
import type { CampaignFile } from '../campaign/campaign-file.ts';
import type { Cut } from '../campaign/cuts.ts';
import { campaignText } from './campaign-text.ts';

const campaign = { scenarios: { finalize: 'interrupted/live/finalize' }, cuts: 4 } as unknown as CampaignFile;

function cut(n: number, verdict: string, offMs: number | undefined): Cut {
  return {
    case: `interrupted/live/finalize#${n}`,
    asked: 'finalize',
    hit: 'finalize',
    verdict,
    code: verdict === 'failed' ? 'no-boot' : undefined,
    bench: 'rcar',
    lossModel: 'real',
    latencyMs: 30 + n,
    offMs,
    run: 'run',
  };
}

describe('text of a campaign', () => {
  it('tells survival by the time without power, where there were several', () => {
    const text = campaignText(campaign, [cut(1, 'passed', 50), cut(2, 'failed', 50), cut(3, 'passed', 900)], []);
    expect(text).to.match(/without power +cut +failed/);
    expect(text).to.match(/^50 ms +2 +1 of 2/m);
    expect(text).to.match(/^900 ms +1 +0 of 1/m);
  });

  it('has no such table of one time, nor of benches that do not decide it', () => {
    for (const offMs of [900, undefined])
      expect(campaignText(campaign, [cut(1, 'passed', offMs), cut(2, 'passed', offMs)], [])).to.not.contain(
        'without power',
      );
  });
});

import { AssertionError, expect as plain } from 'chai';
import type { Finding } from '../judge/finding.ts';
import { UsageError } from '../errors/harness-error.ts';
import { DeviceAssertionError } from './device-assertion-error.ts';
import { expect } from './words.ts';

const findings: Finding[] = [
  { oracle: 1, code: 'wrong-system', severity: 'violation', message: 'm', details: {}, view: 'live' },
];
const outcome = (running: string) => ({
  transition: { kind: 'update', from: { name: 'v1' }, to: { name: 'v2' } },
  findings,
  running,
  lossModel: undefined,
});

describe('expect(outcome).to.end', () => {
  it('accepts what the words say and refuses the rest', () => {
    const accepted = { new: ['v2'], old: ['v1'], 'old or new': ['v1', 'v2'] } as const;
    for (const [how, names] of Object.entries(accepted)) {
      for (const running of ['v1', 'v2', 'v3', 'neither']) {
        const attempt = () => expect(outcome(running)).to.end(how as 'new');
        if ((names as readonly string[]).includes(running)) plain(attempt).not.to.throw();
        else plain(attempt).to.throw(DeviceAssertionError, `Ended in ${running}, expected ${how}`);
      }
    }
  });

  it('can be denied', () => {
    plain(() => expect(outcome('v2')).not.to.end('new')).to.throw(DeviceAssertionError, 'expected not new');
    expect(outcome('v1')).not.to.end('new');
  });

  it('carries the findings and is an assertion to chai and to reporters', () => {
    try {
      expect(outcome('neither')).to.end('new');
      plain.fail('accepted');
    } catch (error) {
      plain(error).to.be.instanceOf(DeviceAssertionError).and.instanceOf(AssertionError);
      plain((error as DeviceAssertionError).findings).to.equal(findings);
    }
  });

  it('refuses a word or a value that it does not know, as the scenario’s mistake', () => {
    plain(() => expect(outcome('v1')).to.end('gone' as 'new')).to.throw(UsageError);
    plain(() => expect(undefined).to.end('new')).to.throw(UsageError);
  });

  it('keeps the words of chai', () => {
    expect('a').to.equal('a');
    plain(() => expect([1]).to.deep.equal([2])).to.throw(AssertionError);
  });
});

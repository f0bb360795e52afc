import { expect } from 'chai';
import { LineProgress } from './line-progress.ts';
import type { Progress } from './progress.ts';
import { TtyProgress } from './tty-progress.ts';

const step = { event: 'step', case: 'a', name: 'boot', status: 'passed', startedAt: '', durationMs: 31_240 } as const;
const hostile = 'login \u001b[2J\u001b]0;title\u0007\u202e\n\u0000';

function play(progress: Progress): void {
  progress.planned(2);
  progress.step('q-a', 'acquire');
  progress.caseStarted('q-a', 'update');
  progress.step('q-a', 'boot');
  progress.consoleLine('q-a', hostile);
  progress.stepEnded('q-a', step);
  progress.trouble('q-a', `trouble ${hostile}`);
  progress.caseEnded('update', { verdict: 'failed', reason: `Found: ${hostile}`, findingCodes: [] }, 84_000);
  progress.benchEnded('q-a');
  progress.close();
}

describe('progress', () => {
  it('gives a log one line a step, and no control characters', () => {
    let text = '';
    let nowMs = 0;
    play(
      new LineProgress(
        (part) => (text += part),
        () => (nowMs += 1000),
      ),
    );
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => line.trim()),
    ).to.deep.equal([
      '1 s  2 cases planned',
      '2 s  q-a: acquire',
      '3 s  q-a: update started',
      '4 s  q-a: update: boot',
      '5 s  q-a: update: boot passed after 31.2 s',
      '6 s  q-a: trouble login \\u202e\\x0a\\x00',
      '7 s  [1/2] failed         update  1:24  Found: login \\u202e\\x0a\\x00',
      '8 s  q-a: released',
    ]);
  });

  it('keeps one line a bench on a terminal, never wider than it, and leaves it clean', () => {
    const screen = new Screen(40);
    const progress = new TtyProgress(screen, () => 0);
    progress.planned(2);
    for (const bench of ['q-a', 'q-b']) progress.caseStarted(bench, `case of ${bench} ${'x'.repeat(60)}`);
    progress.consoleLine('q-b', hostile);
    progress.step('q-b', 'boot');
    expect(screen.lines).to.have.length(2);
    expect(screen.lines[1]).to.match(/^q-b {2}case of q-b x+…$/);
    for (const line of screen.lines) expect(line.length).to.be.at.most(39);
    progress.caseEnded('a', { verdict: 'passed', reason: '', findingCodes: [] }, 1000);
    expect(screen.lines).to.have.length(3);
    expect(screen.lines[0]).to.match(/^\[1\/2\] passed/);
    progress.benchEnded('q-a');
    expect(screen.lines).to.have.length(2);
    progress.close();
    expect(screen.lines).to.have.length(1);
  });

  it('shows the last console line without what would act on the terminal', () => {
    const screen = new Screen(80);
    const progress = new TtyProgress(screen, () => 0);
    progress.caseStarted('q-a', 'update');
    progress.consoleLine('q-a', hostile);
    progress.step('q-a', 'boot');
    expect(screen.lines).to.deep.equal(['q-a  update  boot  0 s  login \\u202e\\x0a\\x00']);
    progress.close();
  });
});

/** A terminal that knows what TtyProgress uses, and nothing else: any other escape fails the test. */
class Screen {
  lines: string[] = [];

  constructor(readonly columns: number) {}

  write(text: string): void {
    for (const [token] of text.matchAll(/\r|\n|\u001b\[(\d+)A|\u001b\[J|[^\r\n\u001b]+|\u001b/g)) {
      const up = /\[(\d+)A/.exec(token);
      if (up) this.lines = this.lines.slice(0, this.lines.length - Number(up[1]));
      else if (token === '\u001b') throw new Error(`unknown escape in ${JSON.stringify(text)}`);
      else if (token !== '\r' && token !== '\n' && !token.endsWith('[J')) this.lines.push(token);
    }
  }
}

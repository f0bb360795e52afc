import { expect } from 'chai';
import { killSaid } from './finalize-kill.ts';

describe('a kill at finalize', () => {
  const before = 'bootproof-kill armed\r\nbootproof-mark 4 finalize begin\r\n';
  const after = 'bootproof-mark 5 finalize end\r\n';
  const report = (killed: string, result: string, choice: string) =>
    `bootproof-kill ${killed} 731 ostree ${result} choice-${choice}\r\n`;

  it('is known by its report, in the phase that the marks before it show', () => {
    expect(killSaid(`${before}${report('yes', 'signal', 'kept')}${after}`)).to.deep.equal({
      pid: 731,
      command: 'ostree',
      result: 'signal',
      phase: 'finalize',
      position: 'before-commit',
    });
    expect(killSaid(`${before}${after}${report('yes', 'success', 'changed')}`)).to.include({
      phase: 'reboot',
      result: 'success',
    });
  });

  it('is known on a console that adds a carriage return of its own', () => {
    const doubled = `${before}${report('yes', 'signal', 'kept')}${after}`.replaceAll('\r', '\r\r');
    expect(killSaid(doubled)).to.include({ pid: 731, phase: 'finalize' });
  });

  it('fell behind the commit when the choice of the boot loader had changed', () => {
    expect(killSaid(`${before}${report('yes', 'signal', 'changed')}`)).to.include({ position: 'commit-flushed' });
  });

  it('did not happen when nobody says so, or says that it did not', () => {
    expect(killSaid(`${before}${after}`)).to.equal(undefined);
    expect(killSaid(`${before}${report('no', 'success', 'kept')}`)).to.equal(undefined);
    expect(killSaid(`${before}bootproof-kill yes 731 ost`)).to.equal(undefined);
  });
});

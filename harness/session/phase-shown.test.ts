import { expect } from 'chai';
import { phaseShown, signOf } from './phase-shown.ts';

describe('the phase that a console shows', () => {
  const console = [
    '[  OK  ] Started something\r\nbootproof-mark 0 pull begin\r\n',
    '[  35.1] bootproof-mark 1 pull end\r\nbootproof-mark 2 stage begin\r\n',
    'bootproof-mark 3 stage end\r\n',
    'bootproof-mark 4 finalize begin\r\n',
    'bootproof-mark 5 finalize end\r\n',
  ];
  const after = (count: number) => phaseShown(console.slice(0, count).join(''));

  it('is that of the last mark, or what follows its end', () => {
    expect([0, 1, 2, 3, 4, 5].map(after)).to.deep.equal([
      undefined,
      'pull',
      'stage',
      'after stage',
      'finalize',
      'reboot',
    ]);
  });

  it('is the first boot once a system has started behind the last mark, and not by one that started before', () => {
    const init = '[    1.201] Run /init as init process\r\n';
    expect(phaseShown(`${console.join('')}${init}`)).to.equal('first-boot');
    expect(phaseShown(`${init}${console.join('')}`)).to.equal('reboot');
  });

  it('is waited for by its sign, where it has one', () => {
    expect(signOf('pull')).to.equal(undefined);
    expect(signOf('reboot')?.test(console[4]!)).to.equal(true);
    expect(() => signOf('boot-swap'))
      .to.throw()
      .with.property('code', 'phase-not-shown');
  });

  it('is no other one for a mark of which only a part came', () => {
    expect(phaseShown(`${console[0]}bootproof-mark 1 pull en`)).to.equal('pull');
  });
});

import { expect } from 'chai';
import { parseArguments } from './command-line.mjs';

describe('arguments of start.mjs', () => {
  it('runs the profile standard', () => {
    expect(parseArguments([])).to.deep.equal({ do: 'run', arguments: ['--profile', 'standard'] });
  });

  it('hands arguments on to run, and adds no second profile', () => {
    expect(parseArguments(['--seed', '7'])).to.deep.equal({
      do: 'run',
      arguments: ['--profile', 'standard', '--seed', '7'],
    });
    for (const argv of [
      ['--profile', 'nightly'],
      ['--seed', '7', '--profile=nightly'],
    ])
      expect(parseArguments(argv)).to.deep.equal({ do: 'run', arguments: argv });
  });

  it('tests with the profile test, and with nightly in full', () => {
    expect(parseArguments(['test'])).to.deep.equal({ do: 'test', profile: 'test' });
    expect(parseArguments(['test', '--full'])).to.deep.equal({ do: 'test', profile: 'nightly' });
  });

  it('refuses what test does not know: a slip must not make a test run smaller', () => {
    expect(parseArguments(['test', '--ful'])).to.deep.equal({ problem: 'No such argument of "test": --ful' });
    expect(parseArguments(['test', '--full', 'update'])).to.have.property('problem');
  });

  it('helps', () => {
    expect(parseArguments(['--help'])).to.deep.equal({ do: 'help' });
  });
});

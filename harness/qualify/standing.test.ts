import { expect } from 'chai';
import fc from 'fast-check';
import type { Qualification } from '../record/qualification.ts';
import { standingText } from '../record/qualification-standing.ts';
import { standingOf, type KeptQualification } from './standing.ts';

const present = {
  tool: { version: '0.1.0', commit: 'c0ffee', oracles: 'a'.repeat(64) },
  configuration: { node: 'v20.19.2', kernel: '6.12.116+deb13-amd64', qemu: '10.0.2', ostree: '2025.2' },
};

function kept(
  change: Partial<Qualification> = {},
  outcomes: readonly ('killed' | 'survived' | 'not-run')[] = ['killed'],
): KeptQualification {
  const mutants = outcomes.map((outcome, n) => {
    return {
      id: `m${n}`,
      kind: 'device' as const,
      what: '',
      caughtBy: '',
      expected: [],
      found: [],
      outcome,
      reason: '',
    };
  });
  const rest = { version: 1 as const, claims: [], knownAnomalies: [], gaps: [] };
  return { sha256: 'f'.repeat(64), qualification: { ...rest, ...present, mutants, ...change } };
}

const statusWith = (name: string, version: string) =>
  standingOf({ ...present, configuration: { ...present.configuration, [name]: version } }, kept());

describe('the standing to a qualification', () => {
  it('is inside in the same configuration, and says what was killed and what was not run', () => {
    const standing = standingOf(present, kept({}, ['killed', 'killed', 'not-run']));
    expect(standing).to.deep.include({ status: 'inside', differences: [] });
    expect(standing.of).to.include({ version: '0.1.0', commit: 'c0ffee', sha256: 'f'.repeat(64) });
    expect(standingText(standing)).to.equal('Qualified configuration (2 of 2 mutants killed, 1 not run).');
  });

  it('is none without one', () => {
    expect(standingOf(present, undefined)).to.deep.equal({ status: 'unqualified', differences: [] });
  });

  it('is inside with another correction, and outside with another major or minor version', () => {
    expect(statusWith('qemu', '10.0.13').status).to.equal('inside');
    expect(statusWith('kernel', '6.12.203+deb13-cloud-amd64').status).to.equal('inside');
    expect(statusWith('node', 'v20.19.5').status).to.equal('inside');
    for (const [name, version] of [
      ['qemu', '10.1.2'],
      ['qemu', '11.0.2'],
      ['qemu', '1.0.2'],
      ['qemu', 'absent'],
      ['kernel', '6.1.116+deb13-amd64'],
      ['node', 'v20.20.2'],
      ['ostree', '2025.20'],
    ] as const) {
      const { status, differences } = statusWith(name, version);
      expect([status, differences.map((one) => one.name)], `${name} ${version}`).to.deep.equal(['outside', [name]]);
    }
  });

  it('is outside with any other oracle or release of the tool, but not with another commit of it', () => {
    const withTool = (tool: Partial<typeof present.tool>) =>
      standingOf({ ...present, tool: { ...present.tool, ...tool } }, kept());
    expect(withTool({ commit: 'other' }).status).to.equal('inside');
    expect(withTool({ version: '0.1.1' }).status).to.equal('outside');
    const oracles = withTool({ oracles: `${'a'.repeat(63)}b` });
    expect(oracles.status).to.equal('outside');
    expect(standingText(oracles)).to.contain(`oracles ${'a'.repeat(12)}, qualified ${'a'.repeat(12)}`);
  });

  it('is outside where a tool is known on one side alone', () => {
    const { ostree, ...without } = present.configuration;
    const gone = standingOf({ ...present, configuration: without }, kept());
    expect(gone.differences).to.deep.equal([{ name: 'ostree', present: 'absent', qualified: ostree }]);
    expect(standingOf(present, kept({ configuration: without })).differences).to.deep.equal([
      { name: 'ostree', present: ostree, qualified: 'absent' },
    ]);
    const never = { ...present, configuration: { ...without, ostree: 'absent' } };
    expect(standingOf(never, kept({ configuration: never.configuration })).status).to.equal('inside');
  });

  it('is nothing to rely on where a mutant lived, or none was killed', () => {
    expect(standingOf(present, kept({}, ['killed', 'survived'])).status).to.equal('survivors');
    expect(standingOf(present, kept({}, [])).status).to.equal('survivors');
  });

  it('compares versions as pairs of numbers, whatever follows', () => {
    const part = fc.nat(3);
    const version = fc.tuple(part, part, fc.constantFrom('', '.7', '.116+deb13', 'rc1'));
    fc.assert(
      fc.property(version, version, (now, then) => {
        const text = ([major, minor, rest]: typeof now) => `${major}.${minor}${rest}`;
        const { status } = standingOf(
          { ...present, configuration: { qemu: text(now) } },
          kept({ configuration: { qemu: text(then) } }),
        );
        expect(status === 'inside').to.equal(now[0] === then[0] && now[1] === then[1]);
      }),
    );
  });
});

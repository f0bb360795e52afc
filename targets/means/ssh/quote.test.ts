import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { quoteArgv } from './quote.ts';

/** What argv becomes after a real shell has read the command. */
function throughShell(argv: readonly string[]): string[] {
  const printed = execFileSync('sh', ['-c', quoteArgv(['printf', '%s\\0', ...argv])]).toString();
  return printed.split('\0').slice(0, -1);
}

const word = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc
    .array(fc.constantFrom("'", '"', '\\', '$', '`', '\n', ' ', '!', '*', '-', '~', ';', '$(id)'), { maxLength: 8 })
    .map((parts) => parts.join('')),
);

describe('quoteArgv', () => {
  it('gets every argv through a shell unchanged', () => {
    fc.assert(
      fc.property(
        fc.array(
          word.map((text) => text.replaceAll('\0', '')),
          { minLength: 1, maxLength: 5 },
        ),
        (argv) => {
          expect(throughShell(argv)).to.deep.equal(argv);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuses what no command line can carry', () => {
    for (const argv of [[], ['a\0b']])
      expect(() => quoteArgv(argv))
        .to.throw()
        .with.property('code', 'argument-invalid');
    expect(() => quoteArgv(['sh', '-c', 'x'.repeat(128 * 1024)]))
      .to.throw()
      .with.property('code', 'command-too-long');
  });

  it('takes the longest command that sshd can hand to a shell', () => {
    const longest = 'x'.repeat(128 * 1024 - 1 - "'echo' ''".length);
    expect(
      execFileSync('sh', ['-c', quoteArgv(['echo', longest])])
        .toString()
        .trim(),
    ).to.equal(longest);
  });
});

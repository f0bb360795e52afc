import { expect } from 'chai';
import fc from 'fast-check';
import { Deadline } from '../../device/deadline.ts';
import type { Shell } from '../../device/shell.ts';
import { BenchError } from '../../errors/harness-error.ts';
import { askClientCheck, parseClientCheck } from './client-check.ts';

const outcomeOf = (said: string) => parseClientCheck(said)?.outcome;

describe('check of the update client', () => {
  it('is clean, has problems, or did not end', () => {
    expect(parseClientCheck('\nok: etc-resolvconf\nok: fsverity\nclient-check exit 0\n')).to.deep.equal({
      command: 'bootc internals fsck',
      outcome: 'clean',
      problems: [],
    });
    const bad = 'ok: etc-resolvconf\nfsck error: fsverity: missing\n  ab/cd.file\nclient-check exit 1\n';
    expect(parseClientCheck(bad)?.problems).to.deep.equal(['fsck error: fsverity: missing', 'ab/cd.file']);
    expect([outcomeOf(bad), outcomeOf('client-check exit 124'), outcomeOf('client-check exit 137')]).to.deep.equal([
      'problems',
      'not-ended',
      'not-ended',
    ]);
  });

  it('that hangs is given up, and a broken connection is not', async () => {
    const whole = new Deadline('an observation', 60_000);
    const shellWith = (script: Shell['script']): Shell => ({ script }) as unknown as Shell;
    const hangs = shellWith(async (_script, _parameters, { deadline }) => {
      throw deadline.error();
    });
    expect((await askClientCheck(hangs, whole))?.outcome).to.equal('not-ended');
    const lost = shellWith(async () => {
      throw new BenchError('Connection lost', { code: 'connection-lost' });
    });
    const code = await askClientCheck(lost, whole).then(
      () => undefined,
      (error: BenchError) => error.code,
    );
    expect(code).to.equal('connection-lost');
  });

  it('is absent where there is no client that has one', () => {
    expect(parseClientCheck('')).to.equal(undefined);
    expect(parseClientCheck("error: unrecognized subcommand 'fsck'\nclient-check exit 2\n")).to.equal(undefined);
  });

  it('property: bounded, and never clean unless the last line says so', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: 255 }), (text, status) => {
        const check = parseClientCheck(`${text}\nclient-check exit ${status}\n`);
        expect(check?.outcome === 'clean').to.equal(status === 0);
        expect(check?.problems.length ?? 0).to.be.at.most(20);
        expect(outcomeOf(`client-check exit 0\n${text.trim()}x\n`)).to.equal(undefined);
      }),
    );
  });
});

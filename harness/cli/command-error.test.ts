import { expect } from 'chai';
import {
  AbortError,
  BenchError,
  DeadlineError,
  InternalError,
  ProductError,
  UsageError,
} from '../errors/harness-error.ts';
import { errorJson, errorText, exitCodeOfError } from './command-error.ts';

describe('command error', () => {
  it('has the exit code of who is to blame', () => {
    const options = { code: 'x' };
    for (const [error, code] of [
      [new UsageError('', options), 2],
      [new AbortError('', options), 4],
      [new ProductError('', options), 1],
      [new BenchError('', options), 3],
      [new DeadlineError('', options), 3],
      [new InternalError('', options), 3],
      [new TypeError('x'), 3],
      ['text', 3],
    ] as const)
      expect(exitCodeOfError(error), String(error)).to.equal(code);
  });

  it('takes a full disk or a missing permission for no defect, and says what to do', () => {
    for (const [code, hint] of [
      ['ENOSPC', /prune/],
      ['EACCES', /another path/],
      ['EROFS', /another path/],
    ] as const) {
      const error = Object.assign(new Error(`${code}: mkdir '/x'`), { code, syscall: 'mkdir', path: '/x' });
      expect(errorText(error, false))
        .to.match(hint)
        .and.not.match(/defect|report it/);
      expect(exitCodeOfError(error)).to.equal(3);
      expect(errorJson(error)).to.have.nested.include({ 'error.code': code });
    }
    const missing = Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'open', path: '/x' });
    expect(errorText(missing, false)).to.match(/^A defect/);
  });

  it('puts the hint on its own line, and shows the stack with its causes only when asked', () => {
    const error = new BenchError('No space: disk', { code: 'x', hint: 'free some', cause: new Error('ENOSPC') });
    expect(errorText(error, false)).to.equal('No space: disk\n  hint: free some\n');
    expect(errorText(error, true)).to.match(/command-error\.test\.ts[\s\S]*caused by Error: ENOSPC/);
    expect(errorText(new TypeError('x is not a function'), false)).to.match(
      /^A defect of bootproof: x is not a function\n/,
    );
  });
});

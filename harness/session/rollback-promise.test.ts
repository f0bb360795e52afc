import { expect } from 'chai';
import { caseErrorOf } from '../run/case-error.ts';
import { plainVerdict } from '../run/verdict.ts';
import { checkRollbackPromise } from './rollback-promise.ts';

type Asked = Parameters<typeof checkRollbackPromise>[0];

function verdictFor(asked: Asked): string {
  try {
    checkRollbackPromise(asked);
    return 'goes on';
  } catch (error) {
    return plainVerdict({ findings: [], error: caseErrorOf(error) }).verdict;
  }
}

describe('promise of an automatic rollback', () => {
  const never: Asked = { name: 'v3', unhealthy: 'a required check fails', rollback: 'none' };

  it('fails where nothing could keep it, also when the image does not say whether it promises', () => {
    expect(verdictFor(never)).to.equal('failed');
    expect(verdictFor({ ...never, promisesRollback: true })).to.equal('failed');
  });

  it('is not asked for where an image says that it gives none', () => {
    expect(verdictFor({ ...never, promisesRollback: false })).to.equal('not-applicable');
  });

  it('is left to the device where a boot counter is declared, and where the image gets healthy', () => {
    expect(verdictFor({ ...never, rollback: { kind: 'grub', attempts: 2 } })).to.equal('goes on');
    expect(verdictFor({ ...never, unhealthy: undefined })).to.equal('goes on');
  });
});

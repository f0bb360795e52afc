import { expect } from 'chai';
import { tmpdir } from 'node:os';
import type { Target } from '../device/target.ts';
import { CapabilityError } from '../errors/harness-error.ts';
import { Redactor } from '../record/redaction.ts';
import type { CaseRequest } from '../run/case.ts';
import { createCaseFactory } from './case-factory.ts';
import type { ImageSource } from './image-source.ts';

describe('opening a case', () => {
  it('does not run a negative on the good adapter when there is none that is broken in the way asked for', async () => {
    const images = { names: [], repository: { objects: tmpdir() } } as unknown as ImageSource;
    const factory = await createCaseFactory({ target: {} as Target, images, runDir: tmpdir() });
    try {
      const request = {
        spec: { adapter: 'cut-without-effect' },
        attachments: { redactor: new Redactor() },
      } as unknown as CaseRequest;
      const error = await factory.open(request).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(CapabilityError).with.property('code', 'no-such-adapter');
    } finally {
      await factory.release();
    }
  });
});

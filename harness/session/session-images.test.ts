import { expect } from 'chai';
import type { ImageSource, SessionImage } from './image-source.ts';
import { SessionImages } from './session-images.ts';

const source = {
  names: ['v1'],
  image: async (name: string) => ({ name, commit: `commit of ${name}` }) as SessionImage,
} as unknown as ImageSource;

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    ({ name, code }: { name: string; code?: string }) => [name, code],
  );

describe('the images of a session', () => {
  it('are those of the set, by name and by commit', async () => {
    const images = new SessionImages(source);
    expect(await images.named('v1')).to.equal(await images.ofCommit('commit of v1'));
  });

  it('make a case not applicable that begins with another one', async () => {
    expect(await codeOf(new SessionImages(source).named('v9'))).to.deep.equal(['CapabilityError', 'no-such-image']);
  });

  it('hold a device to them that runs something else', async () => {
    expect(await codeOf(new SessionImages(source).ofCommit('abc'))).to.deep.equal([
      'ProductError',
      'unknown-deployment',
    ]);
  });
});

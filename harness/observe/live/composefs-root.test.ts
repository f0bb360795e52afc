import { expect } from 'chai';
import { composefsRoot } from './composefs-root.ts';

const digest = 'af'.repeat(32);
const measured = `sha256:${digest} /sysroot/ostree/boot.1/bootproof/00/0/.ostree.cfs\n`;
const root = (options: string, source = 'composefs', fstype = 'overlay') =>
  `22 1 0:21 / / ro,relatime - ${fstype} ${source} ${options}\n23 22 0:5 / /proc rw - proc proc rw\n`;

describe('composefs root', () => {
  it('is an overlay whose source is composefs, with what the kernel asks of its files', () => {
    const sealed = root(
      'ro,lowerdir+=/run/x,datadir+=/sysroot/ostree/repo/objects,redirect_dir=on,metacopy=on,verity=require',
    );
    expect(composefsRoot(sealed, measured)).to.deep.equal({ composefs: { verityRequired: true, digest } });
    expect(composefsRoot(root('ro,metacopy=on'), measured)).to.deep.equal({
      composefs: { verityRequired: false, digest },
    });
  });

  it('asks for no other word than require', () => {
    for (const options of ['ro,verity=on', 'ro,verity=off', 'ro,xverity=require', 'ro,verity=requires'])
      expect(composefsRoot(root(options), '').composefs?.verityRequired, options).to.equal(false);
  });

  it('is not any overlay, not what lies under another mount, and nothing where no root is told', () => {
    expect(composefsRoot(root('rw', 'overlay'), measured)).to.deep.equal({});
    expect(composefsRoot(root('rw', 'composefs', 'ext4'), measured)).to.deep.equal({});
    const covered = `${root('ro,verity=require')}30 22 254:4 / / rw - ext4 /dev/vda4 rw\n`;
    expect(composefsRoot(covered, measured)).to.deep.equal({});
    expect(composefsRoot('', measured)).to.deep.equal({});
  });

  it('has no digest where the device could not measure it', () => {
    for (const said of [
      '',
      'ERROR: No data available\n',
      `sha512:${digest}${digest} f\n`,
      `sha256:${digest.slice(2)} f\n`,
    ])
      expect(composefsRoot(root('ro,verity=require'), said).composefs, said).to.deep.equal({ verityRequired: true });
  });
});

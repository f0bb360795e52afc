import { expect } from 'chai';
import { codesAfter, present } from './test-breakage.ts';
import { digest, image } from './test-transition.ts';

describe('oracle 2: the firmware finds something to boot', () => {
  it('no entry at all, live and before the boot', () => {
    expect(
      codesAfter({ kind: 'reboot', fault: 'before-commit' }, (t) => {
        const { boot } = present(t.offline).firmware;
        boot.entries = [];
        delete boot.default;
      }),
    ).to.deep.equal(['firmware-picks-nothing', 'no-bootable-entry']);
  });

  it('a picked entry whose kernel is gone while another is whole', () => {
    expect(
      codesAfter(
        { fault: 'commit-flushed' },
        (t) => delete present(present(t.offline).firmware.boot.entries[0]).linuxSha256,
      ),
    ).to.deep.equal(['entry-kernel-missing']);
  });

  it('a half made entry that is not picked does not matter between cut and boot', () => {
    expect(
      codesAfter(
        { fault: 'commit-flushed' },
        (t) => delete present(present(t.offline).firmware.boot.entries[1]).linuxSha256,
      ),
    ).to.deep.equal([]);
  });

  it('of a running system every entry counts: a missing initramfs, the kernel of another image', () => {
    expect(codesAfter({}, (t) => delete present(t.after.boot.entries[1]).initrdSha256)).to.deep.equal([
      'entry-kernel-missing',
    ]);
    expect(
      codesAfter({}, (t) => (present(t.after.boot.entries[0]).linuxSha256 = image('v1').linuxSha256)),
    ).to.deep.equal(['entry-kernel-mismatch']);
    expect(codesAfter({}, (t) => (present(t.after.boot.entries[0]).initrdSha256 = digest('torn')))).to.deep.equal([
      'entry-kernel-mismatch',
    ]);
  });

  it('no entry fits', () => {
    expect(codesAfter({}, (t) => t.after.boot.entries.forEach((entry) => delete entry.linuxSha256))).to.deep.equal([
      'no-bootable-entry',
    ]);
  });
});

import { expect } from 'chai';
import { codesAfter, detached, present } from './test-breakage.ts';
import { cleanTransition, image } from './test-transition.ts';

const lagging = () => present(cleanTransition({ fault: 'before-commit' }).offline).firmware;

describe('oracle 3: what the firmware picks exists after journal replay', () => {
  it('the firmware lags behind and its boot link is gone (ostree 2283)', () => {
    expect(
      codesAfter({ fault: 'commit-flushed' }, (t) => (present(t.offline).firmware = detached(lagging()))),
    ).to.deep.equal(['picked-entry-lost-after-replay']);
  });

  it('the firmware lags behind, and the old link is still there', () => {
    expect(
      codesAfter({ fault: 'commit-flushed' }, (t) => {
        const offline = present(t.offline);
        offline.firmware = detached(lagging());
        offline.kernel.leftovers.bootlinks.push('/ostree/boot.0');
      }),
    ).to.deep.equal([]);
  });

  it('what was looked up counts before what can be worked out', () => {
    expect(codesAfter({ fault: 'commit-flushed' }, (t) => (present(t.offline).pickedResolvesTo = null))).to.deep.equal([
      'picked-entry-lost-after-replay',
    ]);
    expect(
      codesAfter(
        { fault: 'commit-flushed' },
        (t) => (present(t.offline).pickedResolvesTo = `dev/${image('v2').commit}.7`),
      ),
    ).to.deep.equal(['picked-entry-lost-after-replay']);
  });

  it('an entry that leads to another image after replay than its kernel is of', () => {
    expect(
      codesAfter({ fault: 'commit-flushed' }, (t) => {
        const offline = present(t.offline);
        offline.pickedResolvesTo = `dev/${image('v1').commit}.0`;
      }),
    ).to.deep.equal(['picked-kernel-of-another-image']);
  });

  it('a default that names no entry; a boot count in its name does not matter', () => {
    expect(
      codesAfter({ fault: 'commit-flushed' }, (t) => (present(t.offline).firmware.boot.default = 'ostree-9.conf')),
    ).to.deep.equal(['firmware-picks-nothing']);
    expect(
      codesAfter({ fault: 'commit-flushed' }, (t) => {
        const { boot } = present(t.offline).firmware;
        present(boot.entries[0]).file = 'ostree-2+3-0.conf';
        boot.default = 'ostree-2+2-1.conf';
      }),
    ).to.deep.equal([]);
  });
});

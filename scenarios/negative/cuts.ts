import { expect, powerCut, scenario } from '../../harness/index.ts';

// Each has a twin of its own: the same cut with what is good, and no finding.

const inPull = powerCut({ at: 'pull', form: 'live' });

scenario(
  {
    id: 'negative/cut-without-effect',
    title: 'a cut that did not cut is caught, and is no evidence about the device',
    requirements: ['QUAL-001'],
    needs: ['power.cut'],
    adapter: 'cut-without-effect',
    negative: {
      verdict: 'broken',
      codes: [
        'cut-not-proven', // the receipt looks good, and power is sensed on
      ],
    },
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2, { fault: inPull })).to.end('old');
  },
);

scenario(
  {
    id: 'negative/cut-without-effect/twin',
    title: 'the same cut by an adapter that cuts leaves the old system, whole',
    requirements: ['QUAL-001'],
    needs: ['power.cut'],
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2, { fault: inPull })).to.end('old');
  },
);

scenario(
  {
    id: 'negative/bricked',
    title: 'a device that boots no more after a cut has failed, and its bench is proven good without its help',
    requirements: ['QUAL-001'],
    needs: ['power.cut', 'disk.offline'],
    adapter: 'bricked-after-cut',
    negative: {
      verdict: 'failed',
      codes: [
        'device-does-not-boot', // the boot code is gone: no oracle finds it on the disk, and the same bench boots a good disk
      ],
    },
  },
  async ({ device, images }) => {
    // Its twin is that of the case above.
    expect(await device.update(images.v2, { fault: inPull })).to.end('old');
  },
);

// The last instant at which the old entry must still lead somewhere. A client that syncs has made the new deployment durable by then, and
// removes the old boot links only after the commit. Without syncs the order is the kernel's: the root file system, which has the
// new links in place of the old ones, is on the disk before /boot, whose entry still asks for an old one.
const asCommitIsIssued = powerCut({ at: 'boot-swap', aim: 'before-commit' });

scenario(
  {
    id: 'negative/never-syncs',
    title: 'a client that makes nothing durable is caught by a cut before the last unmount',
    requirements: ['QUAL-001'],
    needs: ['power.cut', 'disk.record'],
    start: ['v1-never-syncs'],
    negative: {
      verdict: 'failed',
      codes: [
        'entry-unresolved', // the only entry in /boot leads to a boot link that is gone (kernel's view)
        'picked-entry-lost-after-replay', // and it is the one that the firmware picks: nothing boots, neither old nor new
      ],
      // Where the journal of /boot was committed between: entries without content, since their data was not written yet, and none in the firmware's view.
      orCodes: [['entry-unresolved', 'firmware-picks-nothing', 'no-bootable-entry']],
    },
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2, { fault: asCommitIsIssued })).to.end('old');
  },
);

scenario(
  {
    id: 'negative/never-syncs/twin',
    title: 'the same cut of a client that syncs leaves the old system, whole',
    requirements: ['QUAL-001'],
    needs: ['power.cut', 'disk.record'],
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2, { fault: asCommitIsIssued })).to.end('old');
  },
);

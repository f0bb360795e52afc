import { expect, scenario } from '../../harness/index.ts';

// Each image is a good one with ONE change, under its name, version and labels. The twin of all of them is update/update: the same
// steps with v1 and v2, and no finding.

scenario(
  {
    id: 'negative/client-lies',
    title: 'a client that says success and does nothing is caught',
    requirements: ['QUAL-001'],
    start: ['v1-client-lies'],
    negative: {
      verdict: 'failed',
      codes: [
        'client-claims-unperformed', // success was said, and nothing of v2 was ever staged or deployed
        'update-not-applied', // the system before runs on
      ],
    },
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2)).to.end('new');
  },
);

scenario(
  {
    id: 'negative/never-applied',
    title: 'a staged update that is silently never applied is caught',
    requirements: ['QUAL-001'],
    start: ['v1-never-applied'],
    negative: {
      verdict: 'failed',
      codes: [
        'update-not-applied', // the system before runs on; what the client said was true, for the update was staged
      ],
    },
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2)).to.end('new');
  },
);

scenario(
  {
    id: 'negative/var-lost',
    title: 'a system whose /var is not that of the stateroot is caught',
    requirements: ['QUAL-001'],
    negative: {
      verdict: 'failed',
      codes: [
        'canary-lost', // what was acknowledged as durable is in the stateroot, which is not what /var shows
        'var-not-mounted', // /var is the empty directory of the deployment
        'var-went-back', // so is the generation counter: none of its generations is there
      ],
    },
  },
  async ({ device, images }) => {
    expect(await device.update(images['v2-var-lost']!)).to.end('new');
  },
);

scenario(
  {
    id: 'negative/overwrites-etc',
    title: 'a system that overwrites a local file in /etc is caught',
    requirements: ['QUAL-001'],
    negative: {
      verdict: 'failed',
      codes: [
        'etc-local-change-lost', // the merge had kept the file; a service of v2 put its own content there
      ],
    },
  },
  async ({ device, images }) => {
    await device.writeFile('/etc/local.conf', 'set on this device\n');
    expect(await device.update(images['v2-overwrites-etc']!)).to.end('new');
  },
);

scenario(
  {
    id: 'negative/crossed-kernel',
    title: 'the kernel of one image with the root of another is caught',
    requirements: ['QUAL-001'],
    negative: {
      verdict: 'failed',
      codes: [
        'kernel-of-another-image', // v1's release runs; entry and deployment agree with each other, so nothing else can show it
      ],
    },
  },
  async ({ device, images }) => {
    expect(await device.update(images['v2-crossed-kernel']!)).to.end('new');
  },
);

scenario(
  {
    id: 'negative/unsealed',
    title: 'a system that comes up without its fs-verity, as good as it looks otherwise, is caught',
    requirements: ['QUAL-001'],
    needs: ['image.composefs'],
    negative: {
      verdict: 'failed',
      codes: [
        'usr-not-sealed', // its files are those of v2, and its root is a composefs image: only the mount option is not there
      ],
    },
  },
  async ({ device, images }) => {
    expect(await device.update(images['v2-unsealed']!)).to.end('new');
  },
);

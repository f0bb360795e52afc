import { expect, registryFails, scenario } from '../harness/index.ts';

const refused = {
  'no-credentials': 'a device without credentials fetches nothing',
  'credentials-refused': 'a registry that refuses the credentials leaves the old system',
  'credentials-expire': 'credentials that expire in the middle of a pull leave the old system',
  'unknown-ca': 'a registry that an unknown CA has signed is not trusted',
  'registry-down': 'a registry that does not answer leaves the old system',
  'registry-gone': 'a registry that goes away in the middle of a layer leaves the old system',
  'wrong-digest': 'a layer that is not what its digest says is refused',
  'truncated-blob': 'a layer that ends early is refused',
  'no-kernel': 'an image without a kernel is refused',
  'other-architecture': 'an image of another architecture is refused',
} as const;

for (const [failure, title] of Object.entries(refused) as [keyof typeof refused, string][]) {
  scenario(
    {
      id: `registry/${failure}`,
      title: `${title}, and the update can be made afterwards`,
      requirements: ['UPD-PRE-001', 'UPD-SEC-001', 'UPD-INT-002'],
      client: 'bootc',
    },
    async ({ device, images }) => {
      expect(await device.update(images.v2, { fault: registryFails(failure) })).to.end('old');
      expect(await device.update(images.v2)).to.end('new');
    },
  );
}

scenario(
  {
    id: 'registry/slow-link',
    title: 'an update over a slow link ends in the new system',
    requirements: ['UPD-001'],
    client: 'bootc',
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2, { fault: registryFails('slow-link') })).to.end('new');
  },
);

scenario(
  {
    id: 'registry/tag-moves',
    title: 'a tag that moves while it is pulled gives the image that it named first, whole',
    requirements: ['UPD-001', 'UPD-SEC-001'],
    client: 'bootc',
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2, { fault: registryFails('tag-moves') })).to.end('new');
  },
);

scenario(
  {
    id: 'registry/follows-the-new-reference',
    title: 'after a switch an update follows the new reference, and going back to the old one is a switch again',
    requirements: ['UPD-001', 'UPD-003'],
    client: 'bootc',
  },
  async ({ device, images }) => {
    expect(await device.switch(images.v2)).to.end('new');
    expect(await device.switch(images.v2)).to.end('old');
    expect(await device.update(images.v2b)).to.end('new');
  },
);

scenario(
  {
    id: 'registry/after-rollback',
    title: 'an authenticated pull works after a rollback',
    requirements: ['UPD-RB-001', 'UPD-INT-002'],
    client: 'bootc',
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2)).to.end('new');
    expect(await device.rollback()).to.end('new');
    expect(await device.update(images.v2b)).to.end('new');
  },
);

scenario(
  {
    id: 'registry/downgrade',
    title: 'an older image that is asked for is installed like any other',
    requirements: ['UPD-001'],
    client: 'bootc',
    start: ['v2'],
  },
  async ({ device, images }) => {
    expect(await device.switch(images.v1)).to.end('new');
  },
);

/** As an administrator writes it (containers-policy.json): images of this registry only with the fleet's signature. */
const signedAlone = {
  default: [{ type: 'insecureAcceptAnything' }],
  transports: {
    docker: {
      'registry.bootproof.test': [
        {
          type: 'sigstoreSigned',
          keyPath: '/etc/ssl/certs/bootproof-signing.pub',
          signedIdentity: { type: 'matchRepository' },
        },
      ],
    },
  },
};

scenario(
  {
    id: 'registry/signed',
    title:
      'where the policy wants a signature, an image without one or with another one is refused, and a signed one is installed',
    requirements: ['UPD-SEC-001', 'UPD-PRE-001', 'UPD-INT-002'],
    client: 'bootc',
  },
  async ({ device, images }) => {
    await device.writeFile('/etc/containers/policy.json', JSON.stringify(signedAlone));
    for (const failure of ['unsigned', 'signed-by-another'] as const)
      expect(await device.update(images.v2, { fault: registryFails(failure) })).to.end('old');
    expect(await device.update(images.v2)).to.end('new');
  },
);

scenario(
  {
    id: 'registry/only-changed-layers',
    title: 'an update of an image with one other layer fetches that layer and no more',
    requirements: ['UPD-012', 'UPD-001'],
    client: 'bootc',
    start: ['v2'],
    uses: ['v2b'],
  },
  async ({ device, images }) => {
    const update = await device.update(images.v2b);
    expect(update).to.end('new');
    // v2 and v2b share base, kernel and what is new in both; one thin layer differs.
    expect(update.served.layers?.fetched, 'layers fetched').to.equal(1);
    expect(update.served.layers?.reused, 'layers reused').to.be.above(1);
    expect(update.served.bytes, 'bytes pulled').to.be.below(1024 * 1024);
    const kernels = [update.transition.before.kernelRelease, update.transition.after.kernelRelease];
    expect(new Set(kernels), 'kernels').to.have.property('size', 1);
  },
);

scenario(
  {
    id: 'registry/user-credentials',
    title: 'the credentials of the system are used, whatever a user has logged in with',
    requirements: ['UPD-001'],
    client: 'bootc',
  },
  async ({ device, images }) => {
    const own = await device.readFile('/etc/ostree/auth.json');
    const wrong = own?.replace(/"auth":\s*"[^"]+"/, `"auth":"${Buffer.from('user:wrong').toString('base64')}"`);
    expect(wrong, 'credentials of a user').to.be.a('string').and.not.equal(own);
    // Where `podman login` as root puts them.
    await device.writeFile('/run/containers/0/auth.json', wrong!, 0o600);
    expect(await device.update(images.v2)).to.end('new');
  },
);

// Who asks last wins in one order, who follows the new reference in the other: which system it is, the device decides, and no third one.
for (const first of ['timer', 'command'] as const) {
  const order = first === 'timer' ? 'comes during' : 'is overtaken by';
  scenario(
    {
      id: `registry/timer-and-switch/${first}-first`,
      title: `a switch that ${order} the update of a timer ends in the system of one of the two, and the next update works`,
      requirements: ['UPD-001', 'UPD-INT-002'],
      client: 'bootc',
      uses: ['v2b'],
    },
    async ({ device, images }) => {
      const race = await device.switch(images.v2b, { racing: { timer: images.v2, first } });
      expect(race).to.end('new');
      expect(race.running).to.be.oneOf(['v2', 'v2b']);
      expect(await device.update(race.running === 'v2' ? images.v2b : images.v2)).to.end('new');
    },
  );
  scenario(
    {
      id: `registry/timer-and-rollback/${first}-first`,
      title: `a rollback that ${order} the update of a timer ends in the system of one of the two, and the next update works`,
      requirements: ['UPD-001', 'UPD-RB-001', 'UPD-INT-002'],
      client: 'bootc',
      start: ['v1', 'v2'],
      uses: ['v2b'],
    },
    async ({ device, images }) => {
      const race = await device.rollback({ racing: { timer: images.v2b, first } });
      expect(race).to.end('new');
      expect(race.running).to.be.oneOf(['v1', 'v2b']);
      expect(await device.update(race.running === 'v1' ? images.v2b : images.v2)).to.end('new');
    },
  );
}

scenario(
  {
    id: 'registry/copied',
    title:
      'a copy of an image in another repository, made at once or through an archive, has its digest and can be switched to',
    requirements: ['UPD-001', 'UPD-SEC-001'],
    client: 'bootc',
    uses: ['v2b'],
  },
  async ({ device, images, registry }) => {
    const mirrored = await registry.copy(images.v2, { repository: 'mirror' });
    expect(mirrored.digests.copy).to.equal(mirrored.digests.original);
    expect(await device.switch(mirrored)).to.end('new');

    const carried = await registry.copy(images.v2b, { repository: 'carried', through: 'oci-archive' });
    expect(carried.digests.copy).to.equal(carried.digests.original);
    expect(await device.switch(carried)).to.end('new');
    expect(await device.update(images.v2)).to.end('new');
  },
);

scenario(
  {
    id: 'registry/from-ostree',
    title:
      'a device that plain ostree installed moves to images of a registry by a switch, and keeps all that is its own',
    requirements: ['UPD-001', 'UPD-003', 'UPD-004'],
    client: 'bootc',
    start: ['v1-from-ostree'],
    uses: ['v2b'],
  },
  async ({ device, images }) => {
    const installed = await device.look();
    expect(installed.deployments[0]?.origin, 'origin').to.match(/^[\w.-]+:[\w./-]+$/);
    await device.writeFile('/etc/local.conf', 'set before the move\n');
    await device.writeFile('/var/home/alice/notes', 'written before the move\n', 0o600);

    const move = await device.switch(images.v2);
    expect(move).to.end('new');
    const { after } = move.transition;
    expect([after.machineId, after.hostKey]).to.deep.equal([installed.machineId, installed.hostKey]);
    expect(await device.readFile('/etc/local.conf')).to.equal('set before the move\n');
    expect(await device.readFile('/var/home/alice/notes')).to.equal('written before the move\n');
    // From now on it is a device like any other.
    expect(await device.update(images.v2b)).to.end('new');
  },
);

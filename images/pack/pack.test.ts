import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { oraclesDigest } from '../../harness/bundle/oracle-sources.ts';
import { writeTar, type TarEntry } from '../../harness/bundle/tar-writer.ts';
import type { HarnessError } from '../../harness/errors/harness-error.ts';
import type { RunRecord } from '../../harness/record/run-record.ts';
import { smallOracles, writeSmallBundle } from '../../harness/verify/fixtures/small-bundle.ts';
import { writeSmallRun } from '../../harness/verify/fixtures/small-run.ts';
import { verifyBundle } from '../../harness/verify/verify.ts';
import { smallCommits, writeSmallSet } from './fixtures/small-set.ts';
import { openImageDirectory } from './image-directory.ts';
import { packSet, type PackRequest } from './pack-set.ts';
import { unpackSet } from './unpack-set.ts';

describe('images in a bundle', () => {
  let dir: string;
  let set: string;
  let run: RunRecord;
  let bundle: string;
  let fresh = 0;
  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'packed-'));
    run = await writeSmallRun(join(dir, 'run'));
    set = await writeSmallSet(join(dir, 'set'));
    bundle = await bundled(await pack());
  });
  after(() => rmSync(dir, { recursive: true }));

  const folder = (name: string): string => {
    const path = join(dir, `${name}-${++fresh}`);
    mkdirSync(path);
    return path;
  };
  const pack = (request: Partial<PackRequest> = {}): Promise<TarEntry[]> =>
    packSet(set, { commits: smallCommits, images: [], installs: [['v1']], scratch: folder('scratch'), ...request });
  const bundled = (images: readonly TarEntry[]): Promise<string> => writeSmallBundle(folder('bundle'), run, { images });
  const codeOf = (what: Promise<unknown>): Promise<string> =>
    what.then(
      () => 'done',
      (error: HarnessError) => error.code,
    );
  /** The bundle with one byte changed in the file of this name. */
  const flipped = (name: string): string => {
    const bytes = readFileSync(bundle);
    const at = bytes.indexOf(`${name}\0`) + 512;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const path = join(folder('flipped'), 'bundle.tar');
    writeFileSync(path, bytes);
    return path;
  };

  it('packs what the cases used, with the disks that a bare machine needs, and neither root nor control runs', async () => {
    const names = async (request: Partial<PackRequest> = {}) =>
      (await pack(request)).map(({ name }) => name.replace(/^images\//, '')).sort();
    const plain = [
      'channels/v1/summary',
      'channels/v2/summary',
      'contents/v1.json',
      'contents/v2.json',
      'disks/v1.raw.gz',
      'disks/v2.raw.gz',
      'served/objects/ab/cdef.filez',
      'set.json',
      'trusted.gpg',
    ];
    expect(await names()).to.deep.equal(plain);
    expect(await names({ installs: [['v1', 'v2']] })).to.deep.equal([...plain, 'disks/v1+v2.raw.gz'].sort());
    const beyond = (await names({ images: ['v2-bad', 'v2t'] })).filter((name) => !plain.includes(name));
    expect(beyond.map((name) => name.split('/').slice(0, 2).join('/'))).to.deep.equal([
      'negatives-00ff/channels',
      'negatives-00ff/contents',
      'negatives-00ff/images.json',
      ...Array<string>(3).fill('variants/v2t-0123456789abcdef'),
    ]);
  });

  it('does not pack another build under the name of what ran, nor a disk that nobody made', async () => {
    expect(await codeOf(pack({ commits: { ...smallCommits, v2: '9'.repeat(64) } }))).to.equal('other-images');
    expect(await codeOf(pack({ installs: [['v2', 'v1']] }))).to.equal('image-not-packed');
    const others = await pack({ images: ['v2t'], commits: { ...smallCommits, v2t: '9'.repeat(64) } });
    expect(others.filter(({ name }) => name.includes('v2t'))).to.deep.equal([]);
  });

  it('comes out as it went in, in an empty cache, from a bundle that is sound and as before without them', async () => {
    const { checks } = await verifyBundle(bundle, { oracles: oraclesDigest(smallOracles) });
    expect(checks.flatMap(({ problems }) => problems)).to.deep.equal([]);
    expect(readFileSync(await bundled(await pack())).equals(readFileSync(bundle))).to.equal(true);
    const images = join(folder('cache'), 'images');
    const directory = await unpackSet(bundle, images);
    if (directory === undefined) throw new Error('the bundle has images');
    const raw = readFileSync(join(set, 'disks/v1.raw'));
    expect(readFileSync(join(directory, 'disks/v1.raw')).equals(raw)).to.equal(true);
    expect(statSync(join(directory, 'disks/v1.raw')).blocks * 512).to.be.below(raw.length);
    const opened = await openImageDirectory(directory);
    expect(Object.keys(opened.set.images)).to.deep.equal(['v1', 'v2']);
    expect(readFileSync(join(opened.repository.channel('v2'), 'summary'), 'utf8')).to.equal('v2 is stable');
    expect(await opened.contents('v2')).to.deep.equal({ usr: {}, defaultEtc: {} });
    expect(await unpackSet(bundle, images)).to.equal(directory);
    expect(readdirSync(images)).to.have.length(1);
    expect(await unpackSet(await bundled([]), images)).to.equal(undefined);
  });

  it('says what is not in it: an image, a disk', async () => {
    const directory = (await unpackSet(bundle, folder('cache')))!;
    expect(await codeOf(openImageDirectory(directory, { needed: ['v1', 'v2t'] }))).to.equal('image-not-packed');
    const opened = await openImageDirectory(directory);
    expect(await codeOf(opened.disk(['v1', 'v2']))).to.equal('image-not-packed');
    expect(await opened.disk(['v2'])).to.equal(join(directory, 'disks/v2.raw'));
  });

  it('has variants and negatives of whatever checkout made them, and does not choose between two', async () => {
    const directory = (await unpackSet(await bundled(await pack({ images: ['v2-bad', 'v2t'] })), folder('cache')))!;
    const opened = await openImageDirectory(directory, { needed: ['v2-bad', 'v2t'] });
    for (const name of ['v2-bad', 'v2t'])
      expect(readFileSync(join(opened.repository.channel(name), 'summary'), 'utf8')).to.equal(`${name} is stable`);
    const twice = await writeSmallSet(folder('twice'));
    mkdirSync(join(twice, 'negatives-11ee'));
    writeFileSync(join(twice, 'negatives-11ee/images.json'), readFileSync(join(twice, 'negatives-00ff/images.json')));
    expect(await codeOf(openImageDirectory(twice))).to.equal('image-ambiguous');
  });

  it('finds a flipped byte in each packed file, names it, and leaves nothing in the cache', async () => {
    for (const { name } of await pack()) {
      const path = flipped(name);
      const { checks, sound } = await verifyBundle(path, { oracles: oraclesDigest(smallOracles) });
      expect(sound).to.equal(false);
      expect(checks.flatMap(({ problems }) => problems)).to.include(`Changed: ${name}`);
      const images = folder('cache');
      const error = await unpackSet(path, images).catch((reason: HarnessError) => reason);
      expect(error, name).to.include({ code: 'bundle-changed' });
      expect((error as HarnessError).message).to.contain(name);
      expect(readdirSync(images)).to.deep.equal([]);
    }
  });

  it('leaves no half set when the disk is full, and none of what cannot be unpacked', async () => {
    const images = folder('cache');
    const full = (): Promise<never> =>
      Promise.reject(Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }));
    let files = 0;
    const error = await unpackSet(bundle, images, async () => {
      files += 1;
      const write = files < 3 ? async (piece: Uint8Array) => ({ bytesWritten: piece.length, buffer: piece }) : full;
      return { write, truncate: async () => undefined, close: async () => undefined } as never;
    }).catch((reason: HarnessError) => reason);
    expect(error).to.include({ code: 'images-not-unpacked' });
    expect((error as HarnessError).message).to.contain('no space left');
    expect(files).to.equal(3);
    expect(readdirSync(images)).to.deep.equal([]);
    const noGzip = { name: 'images/disks/v1.raw.gz', sizeBytes: 7, content: Buffer.from('no gzip') };
    const damaged = [...(await pack()).filter(({ name }) => name !== noGzip.name), noGzip];
    expect(await codeOf(unpackSet(await bundled(damaged), images))).to.equal('images-not-unpacked');
    expect(readdirSync(images)).to.deep.equal([]);
  });

  it('refuses names that lead out, control runs from elsewhere, and images whose names are paths', async () => {
    const images = folder('cache');
    const text = (name: string, content = 'x'): TarEntry => ({
      name,
      sizeBytes: content.length,
      content: Buffer.from(content),
    });
    const hostile = join(folder('hostile'), 'bundle.tar');
    await writeTar(hostile, [text('images/../../out')]);
    expect(await codeOf(unpackSet(hostile, images))).to.equal('bundle-hostile');
    for (const name of ['images/control/v1-1111111111111111.json', 'images/root/bin/sh', 'images/disks/v1.raw'])
      expect(await codeOf(unpackSet(await bundled([...(await pack()), text(name)]), images)), name).to.equal(
        'bundle-hostile',
      );
    const named = JSON.parse(readFileSync(join(set, 'set.json'), 'utf8')) as { images: Record<string, unknown> };
    named.images['../../v1'] = named.images['v1'];
    const others = (await pack()).filter(({ name }) => name !== 'images/set.json');
    const path = await bundled([...others, text('images/set.json', JSON.stringify(named))]);
    expect(await codeOf(unpackSet(path, images))).to.equal('images-not-unpacked');
    expect(readdirSync(images)).to.deep.equal([]);
    expect(existsSync(join(dir, 'out'))).to.equal(false);
  });

  it('does not fill the memory with what was packed small', async () => {
    const zeros = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const bomb = { name: 'images/disks/v3.raw.gz', sizeBytes: zeros.length, content: zeros };
    const directory = (await unpackSet(await bundled([...(await pack()), bomb]), folder('cache')))!;
    const { size, blocks } = statSync(join(directory, 'disks/v3.raw'));
    expect({ size, blocks }).to.deep.equal({ size: 64 * 1024 * 1024, blocks: 0 });
  });
});

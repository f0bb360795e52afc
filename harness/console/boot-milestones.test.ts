import { expect } from 'chai';
import { bootMilestones, bootParts } from './boot-milestones.ts';
import { bootBytes, bootChunks } from './fixtures/boot-recording.ts';
import { scratchDirectory } from './fixtures/scratch-directory.ts';
import { Transcript } from './transcript.ts';

describe('bootMilestones', () => {
  let scratch: ReturnType<typeof scratchDirectory>;
  let transcript: Transcript;
  beforeEach(() => {
    scratch = scratchDirectory();
    transcript = Transcript.create(scratch.path);
  });
  afterEach(() => {
    transcript.close();
    scratch.remove();
  });

  it('takes a real boot apart', () => {
    for (const { chunk, atMs } of bootChunks()) transcript.append(chunk, atMs);
    const found = bootMilestones(transcript, 0);
    expect(found.map(({ name }) => name)).to.deep.equal(['boot-loader', 'kernel', 'initramfs', 'userspace', 'login']);
    const parts = bootParts(found, Math.floor(performance.timeOrigin));
    const sum = Object.values(parts).reduce((total: number, part: number) => total + part, 0);
    const login = bootChunks().findLast(({ chunk }) => chunk.includes('device login'))?.atMs ?? 0;
    expect(Object.keys(parts)).to.have.length(5);
    expect(sum).to.be.closeTo(login, 50);
    expect(parts.userspaceMs).to.be.above(parts.initramfsMs ?? Infinity);
  });

  it('leaves out the parts that the console did not show', () => {
    transcript.append(Buffer.from('SeaBIOS (version 1.16)\n'), 1000);
    transcript.append(Buffer.from("  Booting `A'\n"), 2000);
    transcript.append(Buffer.from('host login: '), 9000);
    const found = bootMilestones(transcript, 0);
    expect(found.map(({ name }) => name)).to.deep.equal(['boot-loader', 'login']);
    expect(bootParts(found)).to.deep.equal({});
  });

  it('takes the banner after the switch of root, where the initramfs has a systemd of its own', () => {
    const banner = '[    1.0] systemd[1]: systemd 257 running in system mode (+PAM)\n';
    transcript.append(Buffer.from(banner), 1000);
    transcript.append(Buffer.from('[    2.0] systemd[1]: Switching root.\n'), 2000);
    transcript.append(Buffer.from(banner), 3000);
    transcript.append(Buffer.from('host login: '), 4000);
    // A soft reboot later is not this boot's.
    transcript.append(Buffer.from(`\n${banner}`), 5000);
    const parts = bootParts(bootMilestones(transcript, 0));
    expect(parts.userspaceMs).to.equal(1000);
  });

  it('looks at one boot of several', () => {
    for (const { chunk, atMs } of bootChunks()) transcript.append(chunk, atMs);
    transcript.append(Buffer.from('\n'), 30_000);
    const second = transcript.length;
    for (const { chunk, atMs } of bootChunks()) transcript.append(chunk, 40_000 + atMs);
    const found = bootMilestones(transcript, second);
    expect(found[0]?.offset).to.equal(second);
    expect(bootMilestones(transcript, 0, second)).to.have.length(found.length);
    expect(bootBytes.length + 1).to.equal(second);
  });
});

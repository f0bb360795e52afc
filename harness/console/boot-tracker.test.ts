import { expect } from 'chai';
import { BootTracker } from './boot-tracker.ts';
import { LineSplitter } from './console-line.ts';
import { bootBytes } from './fixtures/boot-recording.ts';

function boots(bytes: Buffer) {
  const tracker = new BootTracker();
  for (const line of new LineSplitter().push(bytes, 0)) tracker.push(line);
  return tracker.boots;
}
const kernel = (release: string) => `[    0.000000] Linux version ${release} (builder@host) #1 SMP\r\n`;

describe('BootTracker', () => {
  it('counts the boots of a real console', () => {
    const twice = boots(Buffer.concat([bootBytes, Buffer.from('\r\n'), bootBytes, Buffer.from('\n')]));
    expect(twice.map(({ signs }) => signs)).to.deep.equal([
      ['boot-loader', 'kernel'],
      ['boot-loader', 'kernel'],
    ]);
    expect(twice[0]?.kernel).to.deep.equal({
      offset: bootBytes.indexOf('[    0.000000] Linux version'),
      release: '6.12.117+deb13-cloud-amd64',
    });
    expect(twice[1]?.offset).to.be.at.least(bootBytes.length);
  });

  it('counts a kernel that starts again without a boot loader on the console', () => {
    expect(boots(Buffer.from(kernel('6.12') + kernel('6.13'))).map((boot) => boot.kernel?.release)).to.deep.equal([
      '6.12',
      '6.13',
    ]);
  });

  it('counts a quiet kernel by firmware and boot loader', () => {
    const quiet = "SeaBIOS (version 1.16)\nWelcome to GRUB!\n  Booting `A'\ndevice login: \n";
    expect(boots(Buffer.from(quiet + quiet))).to.have.length(2);
  });

  it('takes a boot loader that falls back to its next entry for one boot', () => {
    const fallback = `  Booting \`A'\nerror: file \`/vmlinuz' not found.\n  Booting \`B'\n${kernel('6.12')}`;
    expect(boots(Buffer.from(fallback))).to.have.length(1);
  });

  it('is not deceived by the words of a running system', () => {
    const words = 'Linux version 6.12 (builder)\n[   12.345678] Linux version 6.12 again\nwe are Booting `nothing\n';
    expect(boots(Buffer.from(kernel('6.12') + words))).to.have.length(1);
  });

  it('reads kernels that name the caller, and arm64', () => {
    expect(boots(Buffer.from('[    0.000000][    T0] Linux version 6.12 x\n'))).to.have.length(1);
    expect(
      boots(Buffer.from('U-Boot SPL 2025.01\nU-Boot 2025.01 (x)\n[    0.000000] Linux version 6.12 x\n')),
    ).to.have.length(1);
  });
});

import { expect } from 'chai';
import { RecordedDisk } from '../blocklog/disk-state.ts';
import type { Target } from '../device/target.ts';
import type { BenchError } from '../errors/harness-error.ts';
import { LitmusDevice } from '../explore/litmus-device.ts';
import { ConsoleBoots } from './console-boots.ts';
import type { StateBoot } from './state-boot.ts';

const state = { entries: 0, dropped: [] };

const kernel = (name: string): string =>
  `[    0.000000] Command line: BOOT_IMAGE=/x root=LABEL=root ostree=/ostree/boot.1/os/${name}/0 rw\r\n` +
  `[    0.060000] Kernel command line: BOOT_IMAGE=/x root=LABEL=root ostree=/ostree/boot.1/os/${name}/0 rw\r\n`;
const login = '\r\nDebian GNU/Linux 13 device ttyS0\r\n\r\ndevice login: ';
const panic = '[    3.2] initramfs: ostree-prepare-root failed\r\n';

describe('boots that the console alone tells', function () {
  this.timeout(20_000);
  let device: LitmusDevice;
  let disk: RecordedDisk;
  before(async () => {
    device = await LitmusDevice.make();
    device.write(await device.change('boot', [device.entry()]));
    disk = RecordedDisk.open({ basePath: device.subject(undefined).basePath, logPath: device.log });
  });
  after(async () => {
    disk.close();
    await device.remove();
  });

  /** What is said of a state by a bench whose console shows `shown` at one power-on after the other. */
  async function bootsOf(...shown: string[]): Promise<StateBoot> {
    const { target, scratch } = consoleOf(shown, device);
    const options = { target, subject: device.subject(undefined), disk, scratch, abort: new AbortController().signal };
    return new ConsoleBoots({ ...options, firstMs: 300 }).boot(state);
  }

  it('are of the system whose deployment the kernel was told, once it asks for a login', async () => {
    expect((await bootsOf(kernel('k1') + login, kernel('k2') + login)).boots).to.equal('new');
    expect((await bootsOf(kernel('k1') + login, kernel('k1') + login)).boots).to.equal('old');
    expect((await bootsOf(kernel('k1') + login, kernel('gone') + login)).boots).to.equal('other');
  });

  it('are of the first kernel, and what came of a restart is told apart', async () => {
    const { boots, then } = await bootsOf(kernel('k1') + login, kernel('k2') + panic + kernel('k1') + login);
    expect([boots, then]).to.deep.equal(['nothing', 'old']);
  });

  it('end in nothing at the prompt of a boot loader, after a panic, and with kernels that start for ever', async () => {
    expect(await bootsOf(kernel('k1') + login, 'grub> ')).to.deep.equal({ boots: 'nothing', lastLine: 'grub>' });
    expect((await bootsOf(kernel('k1') + login, kernel('k2') + panic)).boots).to.equal('nothing');
    expect((await bootsOf(kernel('k1') + login, (kernel('k2') + panic).repeat(6) + login)).boots).to.equal('nothing');
  });

  it('prove nothing on a bench that does not show how the disk before the update boots', async () => {
    for (const first of ['', login, kernel('k1'), kernel('k2') + login]) {
      const error = await bootsOf(first, kernel('k2') + login).catch((refused: BenchError) => refused);
      expect(error).to.include({ code: 'bench-not-proven', blame: 'bench' });
    }
  });
});

function consoleOf(shown: string[], device: LitmusDevice): { target: Target; scratch: string } {
  let listener: (chunk: Buffer, atMs: number) => void = () => undefined;
  const target = {
    name: 'desk',
    provision: async () => undefined,
    console: {
      onData: (given: typeof listener) => {
        listener = given;
        return () => undefined;
      },
      write: async () => undefined,
    },
    power: {
      on: async () => listener(Buffer.from(shown.shift() ?? ''), performance.now()),
      off: async () => undefined,
    },
  };
  return { target: target as unknown as Target, scratch: device.directory };
}

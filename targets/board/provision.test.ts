import { expect } from 'chai';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deadline } from '../../harness/device/deadline.ts';
import type { HarnessError } from '../../harness/errors/harness-error.ts';
import { Dialogue } from '../means/serial/dialogue.ts';
import { goodWire, LossyPort, type Responder } from '../means/serial/fixtures/lossy-terminal.ts';
import type { BoardMeans } from './means.ts';
import { boardOwnOptions } from './options.ts';
import { writeImage } from './provision.ts';

const uBoot = boardOwnOptions.shape.uBoot.parse(undefined);
const soon = (): Deadline => new Deadline('provisioning', 9000);

describe('provisioning by U-Boot', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'bootproof-provision-'))));
  afterEach(() => rm(directory, { recursive: true }));

  /** U-Boot that stops at once, and shows its storage as `path` when it is asked to. */
  async function write(path: string): Promise<void> {
    let typed = '';
    const shows: Responder = (bytes, send) => {
      for (const character of bytes.toString('latin1')) {
        if (character === '\r') {
          if (typed === 'ums 0 mmc 0') void writeFile(path, '').then(() => send('\r\nUMS: LUN 0\r\n'));
          typed = '';
        } else if (character === '\u0003' || (character === ' ' && typed === '')) {
          typed = '';
          send('\r\n=> ');
        } else {
          typed += character;
          send(character);
        }
      }
    };
    const port = new LossyPort(goodWire, shows);
    const means: Pick<BoardMeans, 'dialogue'> = {
      dialogue: (at, options) => new Dialogue(at, { ...options, answerMs: 100 }),
    };
    const image = join(directory, 'image.raw');
    await writeFile(image, 'the image');
    await writeImage(
      { kind: 'u-boot-ums', device: 'mmc 0', path },
      {
        name: 'board-a',
        image,
        uBoot,
        port,
        means: means as unknown as BoardMeans,
        powerOn: async () => port.send('Hit any key to stop autoboot:  2 '),
      },
      soon(),
    );
  }

  it('writes to the storage that appears', async () => {
    const path = join(directory, 'disk');
    await write(path);
    expect(await readFile(path, 'utf8')).to.equal('the image');
  });

  it("does not write to what was there before: another board's storage goes by the same name", async () => {
    const path = join(directory, 'disk');
    await writeFile(path, "another board's");
    const error = await write(path).catch((reason: unknown) => reason as HarnessError);
    expect(error).to.include({ code: 'storage-not-written' });
    expect(await readFile(path, 'utf8')).to.equal("another board's");
  });
});

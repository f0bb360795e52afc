import { expect } from 'chai';
import { BuiltVfat } from '../blocklog/vfat/built-vfat.ts';
import { codesOf, explore } from './litmus-exploration.ts';
import { entryText, filled, LitmusDevice } from './litmus-device.ts';

/** /boot on FAT, which knows no symlink: two directories of entries change their names, then the one that is now old is removed. */
class ExchangedLoader {
  readonly volume = new BuiltVfat(8192 * 512);
  readonly #old: number[] = [];
  readonly #loader: number;
  readonly #other: number;

  constructor() {
    const { volume } = this;
    this.#loader = volume.makeDirectory('/loader');
    this.#other = volume.makeDirectory('/loader.0');
    this.#old.push(volume.makeDirectory('/loader/entries'));
    this.#old.push(volume.put('/loader/entries/ostree-1.conf', entryText('k1')));
    volume.makeDirectory('/loader.0/entries');
    volume.put('/loader.0/entries/ostree-1.conf', entryText('k1'));
    volume.put('/loader.0/entries/ostree-2.conf', entryText('k2'));
    volume.makeDirectory('/ostree');
    for (const [n, kernel] of ['k1', 'k2'].entries()) {
      volume.makeDirectory(`/ostree/os-${kernel}`);
      volume.put(`/ostree/os-${kernel}/vmlinuz`, filled(`kernel ${n + 1}`));
      volume.put(`/ostree/os-${kernel}/initramfs.img`, filled(`initramfs ${n + 1}`));
    }
  }

  exchange(): void {
    this.volume.exchange(this.#loader, this.#other);
  }

  removeOld(): void {
    for (const at of [...this.#old].reverse()) this.volume.remove(at);
  }

  removeName(): void {
    this.volume.remove(this.#other);
  }
}

describe('litmus cases on a FAT volume', function () {
  this.timeout(60_000);

  for (const isFlushed of [false, true])
    it(`${isFlushed ? 'finds nothing in' : 'finds'} an exchange ${isFlushed ? 'that is durable before' : 'and, in the same epoch,'} the removal of the old`, async () => {
      const loader = new ExchangedLoader();
      const device = await LitmusDevice.make({}, {}, loader.volume);
      const step = (change: () => void): number => device.write(device.changeVfat(loader.volume, change));
      try {
        device.flush();
        const issued = step(() => loader.exchange());
        const flushed = isFlushed ? device.flush() : undefined;
        step(() => loader.removeOld());
        step(() => loader.removeName());
        const found = explore(device.subject({ issued, flushed: flushed ?? device.flush() }), 'drop1');
        expect(found.disagreements).to.deep.equal([]);
        // The removal frees clusters that the directory, where the exchange is lost, still leads to.
        const codes = ['file-system-damaged', 'firmware-picks-nothing', 'no-bootable-entry'];
        expect(codesOf(found)).to.deep.equal(isFlushed ? [] : codes);
        expect(found.classes.some(({ boots }) => boots === 'new')).to.equal(true);
        if (isFlushed) return;
        const { smallest } = found.classes.find(({ boots }) => boots === 'nothing')!;
        expect(smallest.dropped).to.deep.equal([issued]);
      } finally {
        device.remove();
      }
    });
});

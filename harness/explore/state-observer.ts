import type { BlockDevice } from '../device/disk.ts';
import { ProductError } from '../errors/harness-error.ts';
import type { FileSystem } from '../blocklog/file-system.ts';
import { Subtree } from '../blocklog/subtree.ts';
import { partOf, type SystemVolume, type SystemVolumes, type View } from '../blocklog/system-volumes.ts';
import { isVfat } from '../blocklog/vfat/parameters.ts';
import { partition } from '../blocklog/partition.ts';
import { rememberingChecks } from '../blocklog/ext4/journal-checks.ts';
import { journalPlaces, readReplay } from '../blocklog/ext4/journal.ts';
import type { BootMenu } from '../observe/offline/boot-menu.ts';
import { observeBoot } from '../observe/offline/boot-state.ts';
import { readOr, type OnDamage } from '../observe/offline/damage.ts';
import { observeDeployments } from '../observe/offline/deployments.ts';
import { observeLeftovers } from '../observe/offline/leftovers.ts';
import { readManifest } from '../observe/offline/manifest.ts';
import { deploymentPath, resolveOstreePath } from '../observe/offline/ostree-link.ts';
import { verifyUsr } from '../observe/offline/usr-verification.ts';
import type { BootState, Manifest } from '../observe/observation.ts';
import type { CrashState } from './crash-state.ts';
import type { EpochPages } from './epoch.ts';
import { overlayOf, type Overlay } from './kernel-overlay.ts';
import type { ObservedContent, ObservedState, ObservedView, UnreadableState } from './observed-state.ts';
import { PageDevice } from './page-device.ts';
import { pageBytes, type PageVersions } from './page-versions.ts';
import { ReadMemo } from './read-memo.ts';
import { RememberingExt4 } from './remembering-ext4.ts';
import { RememberingVfat } from './remembering-vfat.ts';

interface Part<T> {
  readonly value: T;
  readonly damage: readonly string[];
}

const canaryPath = 'lib/bootproof-canary';
const noOverlay: Overlay = new Map();

/** What the observer is given for all states of a recording. */
export interface ObserverSource {
  readonly versions: PageVersions;
  readonly epochs: EpochPages;
  readonly volumes: SystemVolumes;
  readonly menu: BootMenu;
  /** Pages that differ between states, in the firmware's view and (with what journals hold) in the kernel's. */
  readonly changing: { has(page: number): boolean };
  readonly logged: { has(page: number): boolean; add(page: number): unknown };
  readonly expectedUsr: (checksum: string) => Manifest | undefined;
}

/**
 * Observes crash states one after the other, in both views, reading again only what depends on a changed page. Gives what
 * observeOffline gives, but for what no offline oracle looks at.
 */
export class StateObserver {
  readonly #memo = new ReadMemo();
  readonly #checks = rememberingChecks();
  readonly #source: ObserverSource;
  /** Those of root and boot, each once. */
  readonly #partitions: readonly number[];
  readonly #raw: PageDevice;
  readonly #replayed: PageDevice;
  readonly #numbers = new WeakMap<object, number>();
  #objects = 0;
  #state: CrashState = { entries: 0, dropped: [] };
  #overlays: readonly Overlay[] = [];

  constructor(source: ObserverSource) {
    this.#source = source;
    const { versions, volumes } = source;
    this.#partitions = [...new Set([volumes.root.partition, volumes.boot.partition])];
    const { base } = versions.disk;
    this.#raw = new PageDevice(base.sizeBytes, base, (page) => this.#read(page, 'firmware'));
    this.#replayed = new PageDevice(base.sizeBytes, base, (page) => this.#read(page, 'kernel'));
  }

  /** Parts that had to be computed for the last state; 0: all that it shows was seen before. */
  get computed(): number {
    return this.#memo.computed;
  }

  /** A number for an object that this observer gave out: the same object, the same number. */
  numberOf(object: object | undefined | null): number {
    if (!object) return 0;
    let number = this.#numbers.get(object);
    if (number === undefined) this.#numbers.set(object, (number = ++this.#objects));
    return number;
  }

  /** Whether a page of the disk belongs to a journal, as of the last state. */
  isJournal(page: number): boolean {
    return this.#partitions.some((partition) => this.#journalPages(partition).has(page));
  }

  observe(state: CrashState): ObservedState | UnreadableState {
    this.#state = state;
    this.#overlays = [];
    this.#memo.enter((place) => (place % 2 === 0 ? this.#rawContent(place / 2) : this.#kernelContent((place - 1) / 2)));
    try {
      this.#overlays = this.#partitions.map((partition) => this.#overlay(partition));
    } catch (error) {
      if (!(error instanceof ProductError)) throw error;
      return { unreadable: 'kernel', why: error.message };
    }
    let view: View = 'firmware';
    try {
      const firmware = this.#view('firmware');
      view = 'kernel';
      const kernel = this.#view('kernel');
      return this.#whole(firmware, kernel);
    } catch (error) {
      if (!(error instanceof ProductError)) throw error;
      return { unreadable: view, why: error.message };
    }
  }

  #whole(firmware: Part<ObservedView>, kernel: Part<ObservedView>): ObservedState {
    const damage = [...kernel.damage];
    const picked = defaultEntry(kernel.value.boot)?.resolvesTo;
    const content = picked === undefined ? undefined : this.#content(picked, damage);
    const path = defaultEntry(firmware.value.boot)?.ostreePath;
    let pickedResolvesTo: string | null = null;
    if (path !== undefined) {
      const part = this.#part(`resolve ${path}`, 'kernel', (fs, onDamage) =>
        readOr(undefined, 'ostree= of the default', onDamage, () => resolveOstreePath(fs('root'), path)),
      );
      damage.push(...part.damage);
      pickedResolvesTo = part.value ?? null;
    }
    const other = pickedResolvesTo !== null && pickedResolvesTo !== picked ? pickedResolvesTo : undefined;
    return {
      firmware: firmware.value,
      kernel: kernel.value,
      content,
      bootedContent: other === undefined ? undefined : this.#content(other, damage),
      pickedResolvesTo,
      damage,
    };
  }

  #view(view: View): Part<ObservedView> {
    return this.#memo.call(`view ${view}`, () => {
      const boot = this.#part<BootState>('boot', view, (fs, onDamage) =>
        observeBoot({ boot: fs('boot'), root: fs('root'), menu: this.#source.menu, onDamage }),
      );
      // No oracle looks at the deployments that the firmware would list: it does not.
      if (view === 'firmware') return { value: { boot: boot.value, deployments: [] }, damage: boot.damage };
      const deployments = this.#part(`deployments ${this.numberOf(boot.value)}`, view, (fs, onDamage) =>
        observeDeployments(fs('root'), boot.value, onDamage),
      );
      // What is left over is for a later oracle; that it can be read is for these.
      const leftovers = this.#part('leftovers', view, (fs, onDamage) => {
        observeLeftovers(fs('root'), fs('boot'), onDamage);
      });
      const value = { boot: boot.value, deployments: deployments.value };
      return { value, damage: [...boot.damage, ...deployments.damage, ...leftovers.damage] };
    });
  }

  #content(deployment: string, damage: string[]): ObservedContent {
    const path = deploymentPath(deployment);
    const stateroot = `/ostree/deploy/${deployment.split('/')[0]}`;
    const part = this.#memo.call(`content ${deployment}`, () => {
      const checksum = /([0-9a-f]{64})\.\d+$/.exec(deployment)![1]!;
      const expected = this.#source.expectedUsr(checksum);
      const usr = this.#part(`usr ${path}`, 'kernel', (fs) =>
        expected ? { checksum, ...verifyUsr(fs('root'), path, expected) } : undefined,
      );
      const etc = this.#manifest('/etc', `${path}/etc`);
      const canaries = this.#manifest('the canaries', `${stateroot}/var/${canaryPath}`);
      const rest = this.#manifest('/var', `${stateroot}/var`, { leaveOut: [canaryPath], hashUpToBytes: 0 });
      const value: ObservedContent = { usr: usr.value, etc: etc.value, canaries: canaries.value };
      return { value, damage: [...etc.damage, ...canaries.damage, ...rest.damage] };
    });
    damage.push(...part.damage);
    return part.value;
  }

  #manifest(where: string, path: string, options: Parameters<typeof readManifest>[2] = {}): Part<Manifest | undefined> {
    return this.#part(`manifest ${path}`, 'kernel', (fs, onDamage) =>
      readOr(undefined, where, onDamage, () => readManifest(fs('root'), path, options) ?? {}),
    );
  }

  /** One remembered computation over the two file systems of a view. */
  #part<T>(
    key: string,
    view: View,
    compute: (fs: (name: 'boot' | 'root') => FileSystem, onDamage: OnDamage) => T,
  ): Part<T> {
    return this.#memo.call(`${key} ${view}`, () => {
      const damage: string[] = [];
      const fs = (name: 'boot' | 'root'): FileSystem => this.#open(this.#source.volumes[name], view);
      const value = compute(fs, (where, error) => damage.push(`${where}: ${error.message}`));
      return { value, damage };
    });
  }

  #open({ partition, directory }: SystemVolume, view: View): FileSystem {
    const { device } = this.#partition(view === 'firmware' ? this.#raw : this.#replayed, partition);
    const name = `${view} ${partition}`;
    const whole = isVfat(device)
      ? new RememberingVfat(device, { name, memo: this.#memo })
      : new RememberingExt4(device, { verify: view === 'kernel', name, memo: this.#memo });
    return directory === '' ? whole : new Subtree(whole, directory);
  }

  #partition(disk: BlockDevice, number: number): { readonly device: BlockDevice; readonly start: number } {
    const { start, sizeBytes } = this.#memo.call(`partition ${number}`, () => {
      const found = partOf(this.#raw, number);
      return { start: found.start, sizeBytes: found.device.sizeBytes };
    });
    return { device: partition(disk, start, sizeBytes), start };
  }

  #overlay(number: number): Overlay {
    return this.#memo.call(`replay ${number}`, () => {
      const { device: view, start } = this.#partition(this.#raw, number);
      if (isVfat(view)) return noOverlay;
      const replay = readReplay(view, { chunkBlocks: 1, checks: this.#checks });
      if (replay.latest.size === 0) return noOverlay;
      const overlay = overlayOf(replay, this.#raw, start, this.#source.versions);
      for (const page of overlay.keys()) {
        if (this.#source.logged.has(page)) continue;
        // Until now nobody told readings of this page in the kernel's view: only a torn descriptor gets here.
        this.#source.logged.add(page);
        this.#memo.clear();
      }
      return overlay;
    });
  }

  #journalPages(number: number): ReadonlySet<number> {
    return this.#memo.call(`journal pages ${number}`, () => {
      const { device: view, start } = this.#partition(this.#raw, number);
      if (isVfat(view)) return new Set<number>();
      const { blockBytes, places } = journalPlaces(view);
      return new Set(places.map((block) => Math.floor((start + block * blockBytes) / pageBytes)));
    });
  }

  #read(page: number, view: View): Buffer | undefined {
    const { changing, logged } = this.#source;
    const tracked = changing.has(page) || (view === 'kernel' && logged.has(page));
    if (!tracked) {
      const version = this.#source.epochs.version(page, this.#state);
      return version < 0 ? undefined : this.#source.versions.load(version);
    }
    const content = view === 'kernel' ? this.#kernelContent(page) : this.#rawContent(page);
    this.#memo.touch(page * 2 + (view === 'kernel' ? 1 : 0), content);
    return this.#source.versions.bytes(content);
  }

  #rawContent(page: number): number {
    return this.#source.versions.content(this.#source.epochs.version(page, this.#state));
  }

  #kernelContent(page: number): number {
    for (const overlay of this.#overlays) {
      const content = overlay.get(page);
      if (content !== undefined) return content;
    }
    return this.#rawContent(page);
  }
}

const defaultEntry = (boot: BootState): BootState['entries'][number] | undefined =>
  boot.entries.find(({ file }) => file === boot.default);

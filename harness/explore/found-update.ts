import { RecordedDisk } from '../blocklog/disk-state.ts';
import { Gpt } from '../blocklog/gpt.ts';
import { findSystem, openSystem, partOf, type SystemVolumes } from '../blocklog/system-volumes.ts';
import type { BlockDevice } from '../device/disk.ts';
import { UsageError } from '../errors/harness-error.ts';
import { commitOf } from '../judge/deployment-name.ts';
import type { ImageExpectation, Transition } from '../judge/transition.ts';
import { plainBootMenu, type BootMenu } from '../observe/offline/boot-menu.ts';
import { choiceOf } from '../observe/offline/disk-choice.ts';
import { readManifest } from '../observe/offline/manifest.ts';
import { deploymentPath } from '../observe/offline/ostree-link.ts';
import { observeDisk } from '../observe/offline/observe-disk.ts';
import type { Observation } from '../observe/observation.ts';
import { entriesTouching, flushesOf, type SectorRange } from '../update/phases/block-log.ts';
import { bootSwapWindow, findCommit, type CommitPoint } from '../update/phases/commit-point.ts';
import { changedEtc, foundImage } from './found-image.ts';
import type { ExploreSubject } from './subject.ts';

/**
 * An update as a log and the disk before it show it, from whatever recorded them: the old system is what the disk boots, the new one what it boots
 * once all of the log is on it, which is taken for whole. What either's own boots write to /etc is what differs then. There are no canaries.
 * @throws UsageError `no-ostree-system`, `nothing-to-boot`, `deployment-incomplete`; LogDamage.
 */
export function updateFound(
  paths: { readonly basePath: string; readonly logPath: string },
  menu: BootMenu = plainBootMenu,
): ExploreSubject {
  const disk = RecordedDisk.open(paths);
  try {
    const volumes = findSystem(disk.base);
    const entries = disk.log.length;
    const before = observeDisk({ ...openSystem(disk.base, volumes, 'kernel'), view: 'kernel', menu });
    const old = before.boot.entries.find(({ file }) => file === before.boot.default)?.resolvesTo;
    if (old === undefined)
      throw new UsageError('Boots nothing before the first write: the disk', {
        code: 'nothing-to-boot',
        hint: 'the disk has to be as it was when the log began',
      });
    const places = {
      boot: rangeOf(disk.base, volumes.boot.partition),
      root: rangeOf(disk.base, volumes.root.partition),
    };
    const { commit } = findCommit({
      candidates: entriesTouching(disk.log, [places.boot, places.root]),
      flushes: flushesOf(disk.log),
      choiceAt: (view, index) => choiceOf(disk.at(index + 1), volumes, { menu }, view),
    });
    const end = disk.at(entries);
    const from = foundImage(disk.base, volumes, old, 'the system before');
    const to =
      commit && commitOf(commit.choice) !== from.image.commit
        ? foundImage(end, volumes, commit.choice, 'the system after')
        : from;
    const asMerged = openSystem(commit ? disk.at(commit.issued) : end, volumes, 'kernel').root;
    const local = readManifest(asMerged, `${deploymentPath(old)}/etc`);
    const windows = commit
      ? [
          bootSwapWindow(disk.log, {
            bootPartition: places.boot,
            rootPartition: places.root,
            finalizeFrom: 0,
            commit,
            end: entries + 1,
          }),
        ]
      : [];
    const bootedAt = commit && firstMount(disk, volumes, commit);
    const transition = transitionOf({ ...before, ...(local ? { etc: local } : {}) }, from.image, to.image);
    return {
      ...paths,
      volumes,
      menu: menu.kind,
      range: [0, entries],
      windows,
      commit,
      ...(bootedAt === undefined ? {} : { bootedAt }),
      transition: {
        ...transition,
        control: { ...transition.control, etcWritten: changedEtc(transition, [disk.base, end], volumes) },
      },
      usr: { [from.image.commit]: from.usr, [to.image.commit]: to.usr },
    };
  } finally {
    disk.close();
  }
}

/** The first cut position behind the commit at which an ext4 root was mounted anew: time and count of mounts in its superblock are others. */
function firstMount(disk: RecordedDisk, { root }: SystemVolumes, { issued, flushed }: CommitPoint): number | undefined {
  const { start } = partOf(disk.base, root.partition);
  const superblock = { firstSector: start / 512 + 2, sectors: 2 };
  const mounted = (entries: number): string => {
    const bytes = disk.at(entries).read(start + 1024, 1024);
    return `${bytes.readUInt32LE(0x2c)} ${bytes.readUInt16LE(0x34)}`;
  };
  const from = flushed ?? issued;
  const before = mounted(from);
  return entriesTouching(disk.log, [superblock], from).find((index) => mounted(index + 1) !== before);
}

/** Flushes before the commit and after it that bound where writes are dropped at every position. */
const denseFlushes = { before: 12, after: 6 } as const;

/** Cut positions around the commit, where an update goes wrong: a log from elsewhere need not say where its phases are. */
export function denseAround({
  commit,
  logPath,
  basePath,
}: Pick<ExploreSubject, 'commit' | 'logPath' | 'basePath'>): readonly [number, number] {
  if (!commit) return [0, 0];
  const disk = RecordedDisk.open({ basePath, logPath });
  try {
    const flushes = flushesOf(disk.log);
    const before = flushes.filter((at) => at <= commit.issued).at(-denseFlushes.before) ?? flushes[0] ?? 0;
    const after = flushes.filter((at) => at > (commit.flushed ?? commit.issued))[denseFlushes.after - 1];
    return [before, (after ?? disk.log.length) + 1];
  } finally {
    disk.close();
  }
}

function rangeOf(disk: BlockDevice, partition: number): SectorRange {
  if (partition === 0) return { firstSector: 0, sectors: disk.sizeBytes / 512 };
  const { firstSector, sectors } = Gpt.read(disk).find(partition)!;
  return { firstSector, sectors };
}

/** Nobody ran the device: what only a running one says is left empty, and no oracle over a disk asks for it. */
function transitionOf(
  seen: ReturnType<typeof observeDisk>,
  from: ImageExpectation,
  to: ImageExpectation,
): ExploreSubject['transition'] {
  const before: Observation = {
    ...seen,
    view: 'live',
    at: '',
    bootId: '',
    kernelRelease: from.kernelRelease,
    cmdline: '',
    hostKey: '',
    usrReadOnly: true,
    usrWriteRefused: true,
    mounts: [],
    failedUnits: [],
    activeUnits: [],
    kernelProblems: [],
    updateJournal: [],
  };
  const control: Transition['control'] = { etcWritten: [], varWritten: [], failedUnits: [], kernelProblems: [] };
  return {
    kind: 'update',
    from,
    to,
    before,
    stageDropped: false,
    completed: false,
    canaries: [],
    generation: 0,
    control,
    localKargs: [],
    consoleProblems: [],
  };
}

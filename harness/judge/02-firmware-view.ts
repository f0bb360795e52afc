import type { BootEntry, SystemView } from '../observe/observation.ts';
import { commitOf, imageOf, imageWords } from './deployment-name.ts';
import { quoted, reporter } from './evidence.ts';
import type { Finding } from './finding.ts';
import { pickedEntry } from './picked-entry.ts';
import type { Transition } from './transition.ts';

type Fitness = 'fit' | 'missing' | 'mismatch';

/**
 * Oracle 2: at least one entry has a kernel and an initramfs that exist and are those of its deployment. Of a running system every entry has to;
 * between cut and boot the one that is picked, since the others may be half made.
 */
export function firmwareView(t: Transition): Finding[] {
  const live = judgeView(t, t.after, t.after.boot.entries);
  if (t.offline === undefined) return live;
  const picked = pickedEntry(t.offline.firmware.boot);
  return [...judgeView(t, t.offline.firmware, picked ? [picked] : []), ...live];
}

function judgeView(t: Transition, view: SystemView, toJudge: readonly BootEntry[]): Finding[] {
  const { violation } = reporter(2, view.view);
  const { entries } = view.boot;
  if (!entries.some((entry) => fitness(t, entry) === 'fit'))
    return [
      violation(
        'no-bootable-entry',
        `None of ${entries.length} boot entries has a kernel and initramfs that exist and match its deployment`,
        { entries: entries.slice(0, 20).map((entry) => ({ file: entry.file, fitness: fitness(t, entry) })) },
      ),
    ];
  return toJudge.flatMap((entry) => {
    const { file, linux, initrd, linuxSha256, initrdSha256, resolvesTo } = entry;
    const details = { file, linux, initrd, linuxSha256, initrdSha256, resolvesTo };
    const fit = fitness(t, entry);
    if (fit === 'missing')
      return [violation('entry-kernel-missing', `Kernel or initramfs does not exist: entry ${quoted(file)}`, details)];
    const image = imageWords(t, commitOf(resolvesTo));
    return fit === 'fit'
      ? []
      : [
          violation(
            'entry-kernel-mismatch',
            `Kernel or initramfs is not that of ${image}: entry ${quoted(file)}`,
            details,
          ),
        ];
  });
}

/** Of a deployment of neither image only the existence can be judged; of an entry that leads nowhere too, which oracles 3 and 4 find. */
function fitness(t: Transition, entry: BootEntry): Fitness {
  if (entry.linuxSha256 === undefined) return 'missing';
  if (entry.initrd !== undefined && entry.initrdSha256 === undefined) return 'missing';
  const image = imageOf(t, commitOf(entry.resolvesTo));
  if (image === undefined) return 'fit';
  return image.linuxSha256 === entry.linuxSha256 && image.initrdSha256 === entry.initrdSha256 ? 'fit' : 'mismatch';
}

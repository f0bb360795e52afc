import { crossedPick } from './crossed-pick.ts';
import { commitOf, imageOf, imageWords } from './deployment-name.ts';
import { quoted, reporter } from './evidence.ts';
import type { Finding } from './finding.ts';
import { pickedEntry } from './picked-entry.ts';
import type { Transition } from './transition.ts';

const { violation } = reporter(3, 'firmware');

/** Oracle 3: the entry that the firmware picks without replaying the journal leads to a deployment in the file system after replay (ostree 2283). */
export function crossView({ offline, ...t }: Transition): Finding[] {
  if (offline === undefined) return [];
  const { boot } = offline.firmware;
  const picked = pickedEntry(boot);
  if (picked === undefined)
    return [
      violation(
        'firmware-picks-nothing',
        `The firmware finds no entry to boot: its default is ${quoted(boot.default ?? 'not set')}`,
        {
          default: boot.default,
          entries: boot.entries.slice(0, 20).map((entry) => entry.file),
        },
      ),
    ];
  const { file, ostreePath, resolvesTo: inFirmware, linuxSha256 } = picked;
  const leadsTo = crossedPick(offline);
  if (leadsTo === undefined)
    return [
      violation(
        'picked-entry-lost-after-replay',
        `The entry that the firmware picks leads nowhere after journal replay: ${quoted(file)}, ostree=${quoted(ostreePath ?? '')}`,
        { file, ostreePath, inFirmware },
      ),
    ];
  const image = imageOf(t, commitOf(leadsTo));
  // A kernel that was not the right one before replay either is oracle 2's.
  if (image === undefined || leadsTo === inFirmware || linuxSha256 === image.linuxSha256) return [];
  return [
    violation(
      'picked-kernel-of-another-image',
      `The firmware loads a kernel of another image than ${imageWords(t, image.commit)}, to which its entry leads after journal replay`,
      { file, ostreePath, inFirmware, leadsTo, linuxSha256, expected: image.linuxSha256 },
    ),
  ];
}

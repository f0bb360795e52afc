import type { Deployment } from '../observation.ts';

/**
 * `ostree admin status` of 2022.7 to 2025.x: `* NAME CSUM.N (staged|pending|rollback)` and indented lines of `Key: value`. The first deployment that is
 * neither booted nor staged nor first in order is what a rollback leads to. Lines that are none of these are passed over.
 */
export function parseOstreeStatus(text: string): Deployment[] {
  const deployments: Deployment[] = [];
  for (const line of text.split('\n')) {
    const head = /^([* ]) (\S+) ([0-9a-f]{64})\.(\d+)(?: \(([^)]*)\))?\s*$/.exec(line);
    if (head) {
      const [, mark, stateroot, checksum, serial, state = ''] = head as unknown as string[];
      deployments.push({
        stateroot: stateroot!,
        checksum: checksum!,
        serial: Number(serial),
        booted: mark === '*',
        staged: state.includes('staged'),
        rollback: state.includes('rollback'),
        pinned: false,
      });
      continue;
    }
    const last = deployments.at(-1);
    const detail = /^ {4}(Version|origin refspec|Pinned): (.*)$/.exec(line);
    if (!last || !detail) continue;
    if (detail[1] === 'Version') last.version = detail[2]!;
    else if (detail[1] === 'Pinned') last.pinned = detail[2] === 'yes';
    else last.origin = detail[2]!;
  }
  return deployments;
}

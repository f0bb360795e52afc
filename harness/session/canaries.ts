import type { Deadline } from '../device/deadline.ts';
import type { Shell } from '../device/shell.ts';
import { BenchError } from '../errors/harness-error.ts';
import type { Canary } from '../judge/transition.ts';
import { parseTreeScan, treeScanScript } from '../observe/live/tree-scan.ts';

const canaryPath = '/var/lib/bootproof-canary';

/**
 * Plants generation $1: one of each kind of file that an update could lose or change, each fsynced with its directory. The
 * script's exit status is the acknowledgement: when it has arrived here, the files must survive anything.
 */
const plantScript = `
set -eu
n=$1
mkdir -p ${canaryPath}/generation
cd ${canaryPath}
echo "$n" > generation/$n
d=g$n
mkdir -p $d/many
i=0
while [ $i -lt 64 ]; do i=$((i + 1)); echo "$n.$i" > $d/many/$i; done
printf 'content of generation %s' "$n" > $d/plain
printf '#!/bin/sh\\n' > $d/mode && chmod 4750 $d/mode
printf owned > $d/owner && chown 1234:5678 $d/owner
printf linked > $d/link-a && ln $d/link-a $d/link-b
ln -s ../nowhere $d/symlink
: > $d/empty
truncate -s 1M $d/sparse && printf tail >> $d/sparse
mkfifo $d/fifo
printf attributes > $d/xattr
if command -v setfattr >/dev/null; then setfattr -n user.bootproof -v "generation $n" $d/xattr; fi
sync generation/$n $d/plain $d/mode $d/owner $d/link-a $d/empty $d/sparse $d/xattr $d/many/*
sync generation $d/many $d . ..
`;

/** Plants the next generation and returns every canary there is, all acknowledged. @throws BenchError `canaries-not-planted`. */
export async function plantCanaries(shell: Shell, generation: number, deadline: Deadline): Promise<Canary[]> {
  const planted = await shell.script(plantScript, [String(generation)], { deadline });
  if (planted.exitCode !== 0) {
    throw new BenchError(`Canaries could not be planted in /var: exit status ${planted.exitCode}`, {
      code: 'canaries-not-planted',
      hint: 'is /var writable, and is there space?',
      details: { benchUsable: true, stderr: planted.stderr.toString('utf8').slice(-2000) },
    });
  }
  const manifest = await parseTreeScan(shell.stream(treeScanScript, [canaryPath, String(2 ** 40)], { deadline }));
  return Object.entries(manifest)
    .filter(([path]) => path !== '')
    .map(([path, entry]) => ({ path, entry, acknowledged: true }));
}

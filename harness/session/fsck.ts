import { execa } from 'execa';
import { rm } from 'node:fs/promises';
import type { Deadline } from '../device/deadline.ts';
import { Gpt } from '../blocklog/gpt.ts';
import { RawImage } from '../blocklog/raw-image.ts';
import { BenchError } from '../errors/harness-error.ts';

/** Corrections that every cut excuses: the journal, orphans, and the counts that the kernel corrects at mount. */
const excused = [
  /^(Free (blocks|inodes) count wrong|.*count wrong for group|Padding at end of|Inode bitmap differences|Block bitmap differences)/i,
  /orphan/i,
  /^(Fix\? no|Clear\? no|.*\? no)$/,
  /^$/,
];

const talk =
  /^(e2fsck |Pass \d|\S+: (\d+\/\d+ files|\*+)|.*: (clean|recovering journal)|Warning!|.*WARNING: Filesystem still has errors|\s*$)/;

/**
 * What e2fsck would still repair on a disk once its journal is replayed, corrections that a cut excuses left out. Works on a copy
 * at `copy`, which is removed: the disk that will be booted must keep its journal.
 */
export async function fsckAfterReplay(disk: string, copy: string, deadline: Deadline): Promise<string[]> {
  const env = { LC_ALL: 'C', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
  const run = async (command: string, argv: string[]): Promise<{ stdout: string; exitCode: number }> => {
    const result = await execa(command, argv, {
      reject: false,
      env,
      stdin: 'ignore',
      cancelSignal: deadline.signal,
      all: true,
    });
    deadline.check();
    if (result.exitCode === undefined) {
      throw new BenchError(`Could not run ${command}: ${result.shortMessage}`, {
        code: 'e2fsprogs-missing',
        hint: 'apt-get install e2fsprogs',
      });
    }
    return { stdout: String(result.all), exitCode: result.exitCode };
  };
  const image = new RawImage(disk);
  const partitions = Gpt.read(image).partitions.filter(({ name }) => name === 'boot' || name === 'root');
  image.close();
  try {
    const problems: string[] = [];
    for (const { name, firstSector, sectors } of partitions) {
      // A file of its own: e2fsck cannot re-open a file system at an offset once it has replayed the journal.
      const range = ['iflag=skip_bytes,count_bytes', `skip=${firstSector * 512}`, `count=${sectors * 512}`];
      await run('dd', [`if=${disk}`, `of=${copy}`, 'bs=1M', ...range, 'conv=sparse', 'status=none']);
      const replay = await run('e2fsck', ['-p', '-E', 'journal_only', copy]);
      if (replay.exitCode > 2)
        problems.push(`${name}: journal cannot be replayed: ${replay.stdout.trim().slice(-300)}`);
      const { stdout, exitCode } = await run('e2fsck', ['-f', '-n', copy]);
      await rm(copy);
      if (exitCode === 0) continue;
      const lines = stdout
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => !talk.test(line) && !excused.some((rule) => rule.test(line)));
      problems.push(...lines.map((line) => `${name}: ${line.slice(0, 300)}`));
    }
    return problems.slice(0, 50);
  } finally {
    await rm(copy, { force: true });
  }
}

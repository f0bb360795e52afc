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
  try {
    await run('cp', ['--sparse=auto', '--reflink=auto', '--', disk, copy]);
    const image = new RawImage(copy);
    const partitions = Gpt.read(image).partitions.filter(({ name }) => name === 'boot' || name === 'root');
    image.close();
    const problems: string[] = [];
    for (const { name, firstSector } of partitions) {
      const device = `${copy}?offset=${firstSector * 512}`;
      await run('e2fsck', ['-p', '-E', 'journal_only', device]);
      const { stdout, exitCode } = await run('e2fsck', ['-f', '-n', device]);
      if (exitCode === 0) continue;
      const lines = stdout
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => !talk.test(line));
      problems.push(
        ...lines
          .filter((line) => !excused.some((rule) => rule.test(line)))
          .map((line) => `${name}: ${line.slice(0, 300)}`),
      );
    }
    return problems.slice(0, 50);
  } finally {
    await rm(copy, { force: true });
  }
}

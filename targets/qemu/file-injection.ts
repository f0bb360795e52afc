import { execa } from 'execa';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deadline } from '../../harness/device/deadline.ts';
import type { InjectedFile } from '../../harness/device/target.ts';
import { BenchError } from '../../harness/errors/harness-error.ts';
import { findLabelled } from './labelled-partition.ts';

/**
 * Writes files into the ext4 file systems of a raw disk by debugfs: no mount, no root. debugfs says success whatever happened, so
 * each file is read back. Their directories must be there. `workDir` holds the contents for a moment, readable by the owner alone.
 * @throws BenchError `inject-failed`, `no-such-label`, `e2fsprogs-missing`.
 */
export async function injectFiles(
  diskPath: string,
  files: readonly InjectedFile[],
  workDir: string,
  deadline: Deadline,
): Promise<void> {
  for (const label of new Set(files.map((file) => file.label)))
    await injectInto(
      diskPath,
      label,
      files.filter((file) => file.label === label),
      workDir,
      deadline,
    );
}

async function injectInto(
  diskPath: string,
  label: string,
  files: readonly InjectedFile[],
  workDir: string,
  deadline: Deadline,
): Promise<void> {
  const { offsetBytes, needsRecovery } = findLabelled(diskPath, label);
  if (needsRecovery)
    throw new BenchError(`Journal not replayed, so nothing may be written: file system ${label} of ${diskPath}`, {
      code: 'inject-failed',
      hint: 'give a disk that was shut down cleanly, or one that carries its identity already',
    });
  const image = `${diskPath}?offset=${offsetBytes}`;
  const directory = await mkdtemp(join(workDir, 'inject-'));
  try {
    const sources = files.map((_, n) => join(directory, `in-${n}`));
    await Promise.all(files.map((file, n) => writeFile(sources[n]!, file.content, { mode: 0o600 })));
    await debugfs(
      ['-w'],
      image,
      directory,
      files.flatMap((file, n) => writeCommands(file, sources[n]!)),
      deadline,
    );
    const said = await debugfs(
      [],
      image,
      directory,
      files.flatMap((file, n) => readCommands(file, `${sources[n]}.back`)),
      deadline,
    );
    await Promise.all(files.map((file, n) => verify(file, `${sources[n]}.back`, said, diskPath)));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function writeCommands({ path, mode }: InjectedFile, source: string): string[] {
  const target = quoted(path);
  return [
    `rm ${target}`,
    `write ${quoted(source)} ${target}`,
    `sif ${target} mode 0${(0o100000 | mode).toString(8)}`,
    `sif ${target} uid 0`,
    `sif ${target} gid 0`,
  ];
}

function readCommands({ path }: InjectedFile, copy: string): string[] {
  return [`dump ${quoted(path)} ${quoted(copy)}`, `stat ${quoted(path)}`];
}

async function verify(
  { path, content, mode }: InjectedFile,
  copy: string,
  said: string,
  diskPath: string,
): Promise<void> {
  const back = await readFile(copy).catch(() => undefined);
  const stat = said.slice(said.indexOf(`debugfs: stat ${quoted(path)}`));
  const [, type, bits] = /Type: (\S+)\s+Mode:\s+(\d+)/.exec(stat) ?? [];
  const [, uid, gid] = /User:\s+(\d+)\s+Group:\s+(\d+)/.exec(stat) ?? [];
  const isRight = type === 'regular' && Number.parseInt(bits ?? '', 8) === mode && uid === '0' && gid === '0';
  if (back?.equals(Buffer.from(content)) && isRight) return;
  throw new BenchError(`Not there when read back: ${path} on ${diskPath}`, {
    code: 'inject-failed',
    hint: 'its directory must exist on the disk, and the file system must have room',
    details: { type, mode: bits, uid, gid, bytes: back?.length },
  });
}

/** debugfs has no escapes inside quotes. */
function quoted(path: string): string {
  if (/["\n\r\0]/.test(path))
    throw new BenchError(`A path that debugfs cannot take: ${JSON.stringify(path)}`, { code: 'inject-failed' });
  return `"${path}"`;
}

async function debugfs(
  flags: readonly string[],
  image: string,
  directory: string,
  commands: readonly string[],
  deadline: Deadline,
): Promise<string> {
  const script = join(directory, 'commands');
  await writeFile(script, `${commands.join('\n')}\n`);
  const { stdout, stderr, code } = await deadline.race(
    execa('debugfs', [...flags, '-f', script, image], {
      reject: false,
      stdin: 'ignore',
      env: { LC_ALL: 'C', DEBUGFS_PAGER: 'cat', PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` },
      cancelSignal: deadline.signal,
      maxBuffer: 4 * 1024 * 1024,
    }),
  );
  if (code === 'ENOENT')
    throw new BenchError('No such program: debugfs', { code: 'e2fsprogs-missing', hint: 'apt install e2fsprogs' });
  return `${stdout}\n${stderr}`;
}

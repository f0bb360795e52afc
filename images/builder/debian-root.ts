import { execa } from 'execa';
import { readFile } from 'node:fs/promises';
import { BenchError } from '../../harness/errors/harness-error.ts';
import { namespaces } from './builder-root.ts';
import { debianMirror, type Mirror } from './mirror.ts';

/** The suites that devices are made of: where apt finds each. */
const suites = {
  trixie: ({ main, security }: Mirror) => [
    `deb ${main} trixie main`,
    `deb ${main} trixie-updates main`,
    `deb ${security} trixie-security main`,
  ],
  // A mirror of a suite that is not released may lag behind for longer than its index is good for; who signed it is verified all the same.
  forky: ({ main }: Mirror) => [`deb [check-valid-until=no] ${main} forky main`],
} as const;

export interface DebianRoot {
  /** For a person: what could not be made. */
  readonly what: string;
  readonly suite: keyof typeof suites;
  readonly packages: readonly string[];
  /** mmdebstrap's: variant, hooks, architecture. */
  readonly options: readonly string[];
  /** What a mirror may lack that serves others. */
  readonly needs: string;
}

const excluded = ['doc', 'man', 'locale', 'info', 'bash-completion', 'lintian'];

/** Makes a Debian root at `path` from this host's mirror. @throws BenchError `debootstrap-failed`. */
export async function debootstrap(path: string, { what, suite, packages, options, needs }: DebianRoot): Promise<void> {
  const argv = [
    // Not mmdebstrap's own way of doing without root: it gives the files to another range of ids than the later steps run with.
    ...['--mode=root', '--format=directory', '--skip=check/empty'],
    ...excluded.map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
    '--dpkgopt=force-unsafe-io',
    '--aptopt=Apt::Install-Recommends "false"',
    '--aptopt=Acquire::Retries "3"',
    `--include=${packages.join(',')}`,
    ...options,
    suite,
    path,
    ...suites[suite](await debianMirror()),
  ];
  const result = await execa('unshare', [...namespaces(), 'mmdebstrap', ...argv], {
    reject: false,
    env: { SOURCE_DATE_EPOCH: '1767225600' },
    stdin: 'ignore',
  });
  if (!result.failed) return;
  const last = result.stderr.trim().split('\n').slice(-8).join('\n');
  throw new BenchError(`Could not make ${what} from this host's mirror\n${last}`, {
    code: 'debootstrap-failed',
    hint: /No space left/.test(result.stderr)
      ? 'free some space, or set BOOTPROOF_CACHE to a larger file system'
      : `doctor checks the tools and the mirror; BOOTPROOF_MIRROR names another one, which has to have ${needs}`,
    details: { exitCode: result.exitCode ?? null, stderr: result.stderr.slice(-4000) },
  });
}

/** mmdebstrap's options for hooks that are scripts of ours, each called with the root's path. */
export function hooks(when: 'extract' | 'customize', ...scripts: readonly string[]): string[] {
  return scripts.map((script) => `--${when}-hook=sh ${JSON.stringify(script)} "$1"`);
}

/** The names in a list of packages, one a line; `#` begins a comment. */
export async function packageNames(path: string): Promise<string[]> {
  const lines = (await readFile(path, 'utf8')).split('\n');
  return lines.filter((line) => line && !line.startsWith('#'));
}

import { execa } from 'execa';
import { readFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { oraclesDigest, oracleSources } from '../bundle/oracle-sources.ts';

/** Where this checkout is. */
export const home = fileURLToPath(new URL('../..', import.meta.url));

export function toolVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}

/** Which bootproof a run was made with, and with which oracles; a changed checkout says so. */
export async function toolFacts(): Promise<{ version: string; commit: string; oracles: string }> {
  const git = (...argv: string[]) => execa('git', argv, { cwd: home, reject: false, timeout: 10_000, stdin: 'ignore' });
  const [head, status] = await Promise.all([git('rev-parse', 'HEAD'), git('status', '--porcelain')]);
  const commit = head.failed ? 'unknown' : `${head.stdout.trim()}${status.stdout === '' ? '' : '-changed'}`;
  return { version: toolVersion(), commit, oracles: oraclesDigest(oracleSources()) };
}

export function hostFacts(): Record<string, unknown> {
  return {
    node: process.version,
    platform: platform(),
    kernel: release(),
    arch: arch(),
    cpus: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
  };
}

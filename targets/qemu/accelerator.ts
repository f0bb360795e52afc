import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchError } from '../../harness/errors/harness-error.ts';
import { probeByte, probeSector } from './boot-sector.ts';

export interface Accelerator {
  readonly kind: 'kvm' | 'tcg';
  /** For the record: why this one. */
  readonly reason: string;
}

export interface ProbeResult {
  readonly works: boolean;
  readonly reason: string;
}

/** @throws BenchError `kvm-unusable` when KVM was asked for by name and did not pass its probe. */
export async function chooseAccelerator(
  wanted: 'auto' | 'kvm' | 'tcg',
  probe: () => Promise<ProbeResult>,
): Promise<Accelerator> {
  if (wanted === 'tcg') return { kind: 'tcg', reason: 'asked for in the bench file' };
  const { works, reason } = await probe();
  if (works) return { kind: 'kvm', reason };
  if (wanted === 'auto') return { kind: 'tcg', reason: `KVM not used: ${reason}` };
  throw new BenchError(`KVM did not pass its probe: ${reason}`, {
    code: 'kvm-unusable',
    hint: '`accel: auto` in the bench file falls back to TCG',
  });
}

/**
 * Boots a 64-bit boot sector under KVM and waits for its byte. That /dev/kvm opens proves nothing, and neither does an answer from real mode.
 */
export async function probeKvm(
  binary: string,
  { device = '/dev/kvm', limitMs = 3000 }: { device?: string; limitMs?: number } = {},
): Promise<ProbeResult> {
  try {
    await access(device, constants.R_OK | constants.W_OK);
  } catch (error) {
    return { works: false, reason: `${device}: ${(error as NodeJS.ErrnoException).code ?? 'no access'}` };
  }
  const directory = await mkdtemp(join(tmpdir(), 'bootproof-probe-'));
  try {
    const sector = join(directory, 'sector.raw');
    await writeFile(sector, probeSector());
    return await firstByte(binary, probeArguments(sector, ['-accel', 'kvm', '-cpu', 'host']), limitMs);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export function probeArguments(sector: string, accelerator: readonly string[]): string[] {
  const disk = { driver: 'file', 'node-name': 'disk', filename: sector };
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-m', '16'],
    ...accelerator,
    ...['-blockdev', JSON.stringify(disk), '-device', 'ide-hd,drive=disk', '-serial', 'stdio'],
  ];
}

/** Runs until the first byte on stdout, the end of the process, or the limit; never longer, and leaves nothing running. */
export async function firstByte(binary: string, argv: readonly string[], limitMs: number): Promise<ProbeResult> {
  const startedMs = performance.now();
  const child = spawn(binary, argv, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(0, 300)));
  const result = new Promise<ProbeResult>((resolve) => {
    const late = setTimeout(() => resolve({ works: false, reason: `no answer within ${limitMs} ms` }), limitMs);
    child.stdout.once('data', (chunk: Buffer) => {
      const took = Math.round(performance.now() - startedMs);
      const works = chunk[0] === probeByte;
      resolve({ works, reason: works ? `64-bit probe answered after ${took} ms` : 'probe answered a wrong byte' });
    });
    child.once('error', (error) => resolve({ works: false, reason: error.message }));
    child.once('close', () => {
      clearTimeout(late);
      resolve({ works: false, reason: `QEMU ended by itself: ${complaint.trim().split('\n')[0] ?? ''}` });
    });
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const outcome = await result;
  if (child.kill('SIGKILL')) await ended;
  return outcome;
}

import { createHash } from 'node:crypto';
import { BenchError, InternalError } from '../../../harness/errors/harness-error.ts';

/** The blob of `ssh-ed25519 AAAA... comment`. @throws InternalError `host-key-invalid`. */
export function publicKeyBlob(line: string): Buffer {
  const [, base64 = ''] = line.trim().split(/\s+/);
  const blob = Buffer.from(base64, 'base64');
  if (blob.length < 16) throw new InternalError('Not a public key line', { code: 'host-key-invalid' });
  return blob;
}

/** As `ssh-keygen -l` prints it. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

export function hostKeyChanged(bench: string, expected: Buffer, offered: Buffer): BenchError {
  return new BenchError(`Another host key than the pinned one: ${bench}`, {
    code: 'host-key-changed',
    hint: 'the device made itself a new identity, or another machine answers on its address',
    details: { expected: fingerprint(expected), offered: fingerprint(offered) },
  });
}

import type { Socket } from 'node:net';
import { Client } from 'ssh2';
import type { BenchError } from '../../../harness/errors/harness-error.ts';
import { hostKeyChanged } from './host-key.ts';

export interface HandshakeRequest {
  readonly bench: string;
  readonly user: string;
  readonly privateKey: string;
  /** Blob of the pinned host key. */
  readonly hostKey: Buffer;
  readonly keepAliveMs: number;
  readonly signal: AbortSignal;
}

/** So many keep-alives without an answer, and the device is gone. It answers from a process of its own, so an emulated CPU under load still does. */
const keepaliveCountMax = 4;

/**
 * The cheapest for an emulated CPU come first. Host keys of other kinds are accepted for offer only, so that a device which lost its ed25519
 * key is seen as changed and not as unable to agree.
 */
const algorithms = {
  kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org', 'ecdh-sha2-nistp256'],
  serverHostKey: ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256'],
  cipher: ['aes128-gcm@openssh.com', 'chacha20-poly1305@openssh.com', 'aes128-ctr'],
  compress: ['none'],
} as const;

/** Speaks SSH on a socket up to a login. @throws BenchError `host-key-changed`; any other Error may pass with time. */
export async function handshake(socket: Socket, request: HandshakeRequest): Promise<Client> {
  const client = new Client();
  let changed: BenchError | undefined;
  const isPinned = (offered: Buffer): boolean => {
    if (offered.equals(request.hostKey)) return true;
    changed = hostKeyChanged(request.bench, request.hostKey, offered);
    return false;
  };
  try {
    await new Promise<void>((resolve, reject) => {
      request.signal.addEventListener('abort', () => reject(request.signal.reason as Error), { once: true });
      client.once('ready', resolve);
      client.on('error', (error) => reject(changed ?? error)); // for good: a later error ends in `close`
      client.once('close', () => reject(changed ?? new Error('Connection closed before the login')));
      client.connect({
        sock: socket,
        username: request.user,
        privateKey: request.privateKey,
        hostVerifier: isPinned,
        readyTimeout: 0, // the signal's matter
        keepaliveInterval: request.keepAliveMs,
        keepaliveCountMax,
        algorithms: algorithms as unknown as NonNullable<Parameters<Client['connect']>[0]['algorithms']>,
      });
    });
    return client;
  } catch (error) {
    client.destroy();
    socket.destroy();
    throw error;
  }
}

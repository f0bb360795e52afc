import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Deadline } from '../../../harness/device/deadline.ts';
import { DeadlineError, HarnessError } from '../../../harness/errors/harness-error.ts';
import { answeringSocket } from './answering-socket.ts';
import { handshake } from './handshake.ts';
import { fingerprint, publicKeyBlob } from './host-key.ts';
import { SshShell } from './ssh-shell.ts';

/** Where and as whom to log in, and the host key that must answer. */
export interface SshLogin {
  /** For messages. */
  readonly bench: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** OpenSSH private key. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: string;
  /** Between keep-alives; a device is given up after five of these. Default 1000. */
  readonly keepAliveMs?: number;
}

/** Longest that one attempt may take once sshd has spoken; a key exchange on an emulated CPU takes seconds. */
const attemptMs = 20_000;

/**
 * Logs in, trying until the deadline since sshd comes up late, and has a fresh nonce answered: only that proves a login.
 * @throws BenchError `host-key-changed` at once; DeadlineError with the number of attempts and the last reason.
 */
export async function openSshShell(login: SshLogin, deadline: Deadline, over?: AbortSignal): Promise<SshShell> {
  const hostKey = publicKeyBlob(login.hostKey);
  const stop = over ? AbortSignal.any([deadline.signal, over]) : deadline.signal;
  let attempts = 0;
  let lastReason = 'nobody answered';
  while (!stop.aborted) {
    try {
      const socket = await answeringSocket(login.host, login.port, stop, () => attempts++);
      const signal = AbortSignal.any([stop, deadline.within('one attempt', attemptMs).signal]);
      const client = await handshake(socket, { keepAliveMs: 1000, ...login, hostKey, signal });
      const shell = new SshShell(client, login.bench, fingerprint(hostKey), attempts);
      if (await answersNonce(shell, deadline)) return shell;
      shell.close();
      lastReason = 'the login did not answer its nonce';
    } catch (error) {
      if (error instanceof HarnessError) throw error;
      if (!stop.aborted) lastReason = error instanceof Error ? error.message : String(error);
    }
    await sleep(250, undefined, { signal: stop }).catch(() => undefined);
  }
  throw deadline.error({ attempts, lastReason });
}

/** False: the connection was lost, or what answered does not run commands. */
async function answersNonce(shell: SshShell, deadline: Deadline): Promise<boolean> {
  const nonce = randomBytes(16).toString('hex');
  const own = deadline.within('the nonce', attemptMs);
  try {
    const { stdout, exitCode } = await shell.run(['printf', '%s', nonce], { deadline: own, maxBytes: 65536 });
    return exitCode === 0 && stdout.toString('latin1').includes(nonce);
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    return false;
  }
}

import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** So many attempts may wait for their first byte at once; the oldest gives way. */
const mostWaiting = 8;

/**
 * Connects until somebody speaks. A forwarded port accepts at once and then says nothing while the guest is not up, and what was sent into
 * the void is sent again only after seconds: so a new attempt begins while older ones still wait.
 * @param onAttempt called for each connection tried.
 * @returns the socket, paused, with the peer's first bytes still in it.
 * @throws the signal's reason.
 */
export async function answeringSocket(
  host: string,
  port: number,
  signal: AbortSignal,
  onAttempt: () => void,
  { firstPauseMs = 250, longestPauseMs = 2000 }: { firstPauseMs?: number; longestPauseMs?: number } = {},
): Promise<Socket> {
  const waiting: Socket[] = [];
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  let speaker: Socket | undefined;
  try {
    for (let pauseMs = firstPauseMs; !speaker; pauseMs = Math.min(pauseMs * 1.1, longestPauseMs)) {
      signal.throwIfAborted();
      const socket = connect({ host, port, noDelay: true });
      onAttempt();
      socket.on('error', () => socket.destroy());
      socket.once('data', (first: Buffer) => {
        socket.pause();
        socket.unshift(first);
        speaker ??= socket;
        over.abort();
      });
      waiting.push(socket);
      if (waiting.length > mostWaiting) waiting.shift()?.destroy();
      await sleep(pauseMs, undefined, { signal: stop }).catch(() => undefined);
    }
    return speaker;
  } finally {
    for (const socket of waiting) if (socket !== speaker) socket.destroy();
  }
}

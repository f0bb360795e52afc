/** What follows when a phase's end mark was the last. Between stage and shutdown the device runs, with the update staged: none of the phases. */
const following: Readonly<Record<string, string>> = { pull: 'stage', stage: 'after stage', finalize: 'reboot' };

/** The phase that a device was in when its console ended here, by the last mark there; undefined: none was written. */
export function phaseShown(console: string): string | undefined {
  const [last] = [...console.matchAll(/bootproof-mark \d+ ([a-z-]+) (begin|end)/g)].slice(-1);
  if (!last) return undefined;
  const [, phase = '', edge] = last;
  return edge === 'begin' ? phase : (following[phase] ?? `after ${phase}`);
}

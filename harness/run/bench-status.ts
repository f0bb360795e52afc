/** What is going on at one bench, for a line on the screen. */
export interface BenchStatus {
  readonly bench: string;
  case: string;
  step: string;
  consoleLine: string;
  caseStartedMs: number;
}

/** `9 s`, `1:23`, `1:02:03`. */
export function elapsed(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const two = (n: number) => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** `passed  update  84 s`, with the reason of what did not simply pass. */
export function verdictLine(id: string, { verdict, reason }: { verdict: string; reason: string }, ms: number): string {
  return `${verdict.padEnd(14)} ${id}  ${elapsed(ms)}${reason ? `  ${reason}` : ''}`;
}

import type { Phase } from '../../scenario/api.ts';
import type { PhaseMark } from './marks.ts';

/**
 * A phase as cut positions [from, to): position p is the power going when entries [0, p) were written. A phase that begins with a
 * mark has begun when the mark is written, and ends when its end mark is.
 */
export interface PhaseWindow {
  readonly phase: Phase;
  readonly from: number;
  readonly to: number;
}

export interface TimelineSource {
  readonly marks: readonly PhaseMark[];
  /** How many entries were in the log at each reset of the machine, ascending. */
  readonly resets: readonly number[];
  /** Entries in the log. */
  readonly length: number;
  /** Of bootSwapWindow; wins over marks of that name. */
  readonly bootSwap?: PhaseWindow;
}

const phases: readonly Phase[] = [
  'resolve',
  'pull',
  'import',
  'stage',
  'finalize',
  'boot-swap',
  'reboot',
  'first-boot',
  'boot-complete',
  'cleanup',
];

/** The phases of one recording: windows do not overlap, an inner phase interrupts the one around it. */
export class Timeline {
  /** Ascending; a phase that is interrupted, or that came twice, has several. */
  readonly windows: readonly PhaseWindow[];

  constructor(source: TimelineSource) {
    this.windows = flatten([...derived(source), ...marked(source)]);
  }

  /** The first window of the phase; undefined: it was not reached. */
  window(phase: Phase): PhaseWindow | undefined {
    return this.windows.find((window) => window.phase === phase);
  }

  /** The phase in which a cut at this position hits; undefined: in none. */
  phaseAt(position: number): Phase | undefined {
    return this.windows.find(({ from, to }) => from <= position && position < to)?.phase;
  }
}

function marked({ marks, resets, length, bootSwap }: TimelineSource): PhaseWindow[] {
  return marks.flatMap(({ phase: name, edge, logIndex, seq }) => {
    const phase = phases.find((known) => known === name);
    if (edge !== 'begin' || phase === undefined || (phase === 'boot-swap' && bootSwap)) return [];
    const next = marks.find((mark) => mark.phase === name && mark.seq > seq);
    const ends = [length + 1, next && next.logIndex + (next.edge === 'end' ? 1 : 0)];
    // Only the reboot itself goes on over a reset; an end mark behind one belongs to nothing that ran before it.
    if (phase !== 'reboot') ends.push(resets.find((reset) => reset > logIndex));
    return [{ phase, from: logIndex + 1, to: Math.min(...ends.filter((end) => end !== undefined)) }];
  });
}

/** What the guest cannot mark itself: the swap, and what begins or ends with the machine. */
function derived(source: TimelineSource): PhaseWindow[] {
  const { marks, resets, length, bootSwap } = source;
  const own = marked(source);
  const windows: PhaseWindow[] = bootSwap ? [bootSwap] : [];
  const before = [...own.filter(({ phase }) => phase === 'finalize'), ...windows];
  const staged = own.filter(({ phase }) => phase === 'stage');
  const shutdown = Math.max(-1, ...(before.length > 0 ? before : staged).map(({ to }) => to));
  const reset = resets.find((position) => position >= shutdown);
  if (shutdown < 0 || reset === undefined) return windows;
  if (!own.some(({ phase }) => phase === 'reboot')) windows.push({ phase: 'reboot', from: shutdown, to: reset });
  const ends = marks.filter(
    ({ phase, edge }) => edge === 'end' && (phase === 'first-boot' || phase === 'boot-complete'),
  );
  const completed = ends.find(({ logIndex }) => logIndex >= reset);
  const nextReset = resets.find((position) => position > reset);
  const firstBootTo = Math.min(completed ? completed.logIndex + 1 : length + 1, nextReset ?? length + 1);
  return [...windows, { phase: 'first-boot', from: reset, to: firstBootTo }];
}

/** Of windows that overlap the one that began last counts; of those that began together the shortest; of equal ones the derived. */
function flatten(windows: readonly PhaseWindow[]): PhaseWindow[] {
  const edges = [...new Set(windows.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  const flat: PhaseWindow[] = [];
  edges.slice(0, -1).forEach((from, i) => {
    const to = edges[i + 1]!;
    const [inner] = windows
      .filter((window) => window.from <= from && to <= window.to)
      .sort((a, b) => b.from - a.from || a.to - b.to);
    if (!inner) return;
    const last = flat.at(-1);
    if (last?.phase === inner.phase && last.to === from) flat[flat.length - 1] = { ...last, to };
    else flat.push({ phase: inner.phase, from, to });
  });
  return flat;
}

import type { EventOf } from '../harness/record/event.ts';
import type { CaseLedger, Ledger } from '../harness/record/ledger.ts';
import type { NoteData } from '../harness/record/note.ts';
import { noteOf } from '../harness/record/note.ts';

/** What every report says about a case, taken from its notes. */
export interface CaseFacts {
  readonly transitions: readonly NoteData<'transition'>[];
  readonly receipts: readonly NoteData<'receipt'>[];
  readonly phaseTimes: readonly NoteData<'phase-times'>[];
  readonly costs: readonly NoteData<'update-cost'>[];
  readonly writes: readonly NoteData<'update-writes'>[];
  readonly explorations: readonly NoteData<'exploration'>[];
  /** Of a kind that is not known here, or that does not fit its kind. */
  readonly otherNotes: readonly EventOf<'note'>[];
  /** Loss models of the receipts and faults, each once; empty where nothing was cut. */
  readonly lossModels: readonly string[];
  readonly faults: readonly { readonly kind: string; readonly asked: string; readonly hit: string | undefined }[];
  /** The image that runs after the last transition, or `neither`; undefined where none is known. */
  readonly running: string | undefined;
  /** Before the first transition, and asked for by the last one. */
  readonly oldImage: NoteData<'transition'>['from'] | undefined;
  readonly newImage: NoteData<'transition'>['to'] | undefined;
  readonly consoles: readonly EventOf<'attachment'>[];
  readonly otherAttachments: readonly EventOf<'attachment'>[];
}

const shownKinds = ['transition', 'receipt', 'phase-times', 'update-cost', 'update-writes', 'exploration'] as const;

export function caseFacts(one: CaseLedger): CaseFacts {
  const transitions = one.notes.flatMap((note) => noteOf('transition', note) ?? []);
  const receipts = one.notes.flatMap((note) => noteOf('receipt', note) ?? []);
  const faults = transitions.flatMap(({ fault }) => (fault ? [fault] : []));
  const models = [...receipts.map((r) => r.lossModel), ...faults.flatMap((f) => f.lossModel ?? [])];
  const isConsole = ({ name }: EventOf<'attachment'>) => /^console\b/.test(name);
  return {
    transitions,
    receipts,
    phaseTimes: one.notes.flatMap((note) => noteOf('phase-times', note) ?? []),
    costs: one.notes.flatMap((note) => noteOf('update-cost', note) ?? []),
    writes: one.notes.flatMap((note) => noteOf('update-writes', note) ?? []),
    explorations: one.notes.flatMap((note) => noteOf('exploration', note) ?? []),
    otherNotes: one.notes.filter((note) => !shownKinds.some((kind) => noteOf(kind, note))),
    lossModels: [...new Set(models)],
    faults: faults.map((fault) => ({ kind: fault.kind, asked: fault.phaseAsked, hit: fault.phaseHit })),
    running: transitions.at(-1)?.running,
    oldImage: transitions[0]?.from,
    newImage: transitions.at(-1)?.to,
    consoles: one.attachments.filter(isConsole),
    otherAttachments: one.attachments.filter((attachment) => !isConsole(attachment)),
  };
}

/** `boot-swap → pull` where another phase was hit than asked for; `boot-swap → ?` where no effect was shown. */
export function phasesOf(facts: CaseFacts): string {
  return facts.faults.map(({ asked, hit }) => (asked === hit ? asked : `${asked} → ${hit ?? '?'}`)).join(', ');
}

/** Name and digest of the images of a run, as far as the plan names them. */
export function imagesOf(ledger: Ledger): { name: string; digest: string | undefined; version: string | undefined }[] {
  return Object.entries(ledger.run.images).map(([name, image]) => {
    const fields = (typeof image === 'object' && image !== null ? image : {}) as Record<string, unknown>;
    const text = (key: string) => (typeof fields[key] === 'string' ? fields[key] : undefined);
    const plain = typeof image === 'string' ? image : undefined;
    return { name, digest: text('digest') ?? text('commit') ?? plain, version: text('version') };
  });
}

/** `61.4 s`, `4 min 07 s`. */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return hours > 0 ? `${hours} h ${two(minutes)} min` : `${minutes} min ${two(rest)} s`;
}

/** `12 %`; a share that is not zero is never shown as zero, nor one that is not whole as whole. */
export function share(part: number, whole: number): string {
  if (part === 0 || whole === 0) return '0 %';
  const percent = (100 * part) / whole;
  return percent < 1 ? '< 1 %' : percent > 99 && part < whole ? '> 99 %' : `${Math.round(percent)} %`;
}

import { createHash } from 'node:crypto';
import type { TarReader } from '../bundle/tar-reader.ts';
import { judgeRecovery, recovery } from '../judge/09-recovery.ts';
import type { Finding } from '../judge/finding.ts';
import { finding } from '../judge/finding.ts';
import { judge, judgeDisk } from '../judge/judge.ts';
import type { Transition } from '../judge/transition.ts';
import { bounded } from '../record/bounded.ts';
import { canonicalJson } from '../record/canonical-json.ts';
import type { CaseLedger, Ledger } from '../record/ledger.ts';
import { noteOf } from '../record/note.ts';
import { Redactor } from '../record/redaction.ts';
import { vocabulary } from '../record/vocabulary.ts';
import { check, type Check } from './check.ts';

/** A transition is half a megabyte; what is so much larger was not written by bootproof. */
const maxTransitionBytes = 256 * 1024 * 1024;

/**
 * Runs every oracle again on every stored transition, and holds the findings against those in the record: word for word by the same oracles; by
 * oracle, code, severity and view where the verifier has later ones, which may say the same in other words.
 */
export async function judgeAgain(tar: TarReader, { cases }: Ledger, sameOracles: boolean): Promise<Check> {
  const textOf = sameOracles ? canonicalJson : meaning;
  const problems: string[] = [];
  let transitions = 0;
  let findings = 0;
  let recoveries = 0;
  for (const one of cases) {
    const judged = findingsByTransition(one);
    for (const [name, recorded] of judged) {
      transitions += 1;
      findings += recorded.length;
      problems.push(...(await again(tar, one, name, recorded, textOf)));
    }
    const recovered = one.notes.filter(({ kind }) => kind === 'recovery');
    recoveries += recovered.length;
    problems.push(...recoveryAgain(one, recovered, textOf));
    problems.push(...neverJudged(one, judged));
  }
  return check(
    'judgements',
    `${transitions} transitions and ${recoveries} recoveries judged again, ${findings} findings, all the same${sameOracles ? '' : ' in meaning'}`,
    problems,
  );
}

function neverJudged({ attachments, notes, planned }: CaseLedger, judged: ReadonlyMap<string, unknown>): string[] {
  const stored = attachments.filter(
    ({ name }) => /^transition-\d+\.json$/.test(name) && !judged.has(name.slice(0, -5)),
  );
  const noted = notes
    .flatMap((note) => noteOf('transition', note)?.transition ?? [])
    .filter((name) => !judged.has(name));
  return [
    ...stored.map(({ name }) => `Stored and never judged: ${name} of ${planned.case}`),
    ...noted.map((name) => `Noted, and never judged: ${name} of ${planned.case}`),
  ];
}

/** Many findings stand in several lines of one transition. */
function findingsByTransition({ judged }: CaseLedger): Map<string, Finding[]> {
  const byName = new Map<string, Finding[]>();
  for (const { transition, findings } of judged)
    byName.set(transition, [...(byName.get(transition) ?? []), ...findings]);
  return byName;
}

/** What a finding says, without its words. */
function meaning({ oracle, code, severity, view }: Finding): string {
  return JSON.stringify([oracle, code, severity, view]);
}

type TextOf = (finding: Finding) => string;

async function again(
  tar: TarReader,
  one: CaseLedger,
  name: string,
  recorded: Finding[],
  textOf: TextOf,
): Promise<string[]> {
  const where = `${name} of ${one.planned.case}`;
  const [attachment, other] = one.attachments.filter((stored) => stored.name === `${name}.json`);
  if (!attachment) return [`Judged, and not stored: ${where}`];
  if (other) return [`Stored more than once: ${where}`];
  let now: Finding[];
  let stored: Transition;
  try {
    const bytes = await tar.read(attachment.path, maxTransitionBytes);
    if (createHash('sha256').update(bytes).digest('hex') !== attachment.sha256)
      return [`Not the file that the record names: ${attachment.path}`];
    stored = JSON.parse(bytes.toString('utf8')) as Transition;
    now = judgeStored(stored);
  } catch (error) {
    return [`Cannot be judged (${(error as Error).message.slice(0, 200)}): ${where}`];
  }
  const noted = notedOtherwise(one, name, stored) ? [`Noted otherwise than it is stored: ${where}`] : [];
  return [...noted, ...differences(now, recorded, textOf).map((difference) => `${difference}: ${where}`)];
}

/** Matrix and coverage are made of the notes: which images, and which fault hit where. */
function notedOtherwise({ notes }: CaseLedger, name: string, { kind, from, to, fault }: Transition): boolean {
  const is = [
    kind,
    from.commit,
    to.commit,
    fault?.kind,
    fault?.phaseAsked,
    fault?.phaseHit,
    fault?.position,
    fault?.lossModel,
  ];
  return notes.some((each) => {
    const note = noteOf('transition', each);
    if (note?.transition !== name) return false;
    const says = [
      note.kind,
      note.from.digest,
      note.to.digest,
      note.fault?.kind,
      note.fault?.phaseAsked,
      note.fault?.phaseHit,
      note.fault?.position,
      note.fault?.lossModel,
    ];
    return canonicalJson(says) !== canonicalJson(is);
  });
}

/** Oracle 9 judges what ran after its own actions, which is noted. Records of before that have no such note. */
function recoveryAgain(one: CaseLedger, notes: CaseLedger['notes'], textOf: TextOf): string[] {
  if (notes.length === 0) return [];
  const where = `recovery of ${one.planned.case}`;
  const parsed = recovery.array().safeParse(notes.map(({ data }) => data));
  if (!parsed.success) return [`Not what is judged: ${where}`];
  const now = parsed.data.flatMap(judgeRecovery);
  const added = (one.verdict?.outcome?.findings ?? []).map(({ finding: each }) => each);
  const recorded = added.filter(({ oracle }) => oracle === 9);
  return differences(now, recorded, textOf).map((difference) => `${difference}: ${where}`);
}

/** As the harness does it: where nothing answered after the cut there is no `after`, and the disk alone is judged. */
export function judgeStored(stored: Transition): Finding[] {
  const found = 'after' in stored ? judge(stored) : judgeDisk(stored);
  // what the writer of a record does to what it is given
  const written = bounded(new Redactor().value(JSON.parse(JSON.stringify(found)) as unknown, vocabulary()));
  return finding.array().parse(written);
}

function differences(now: readonly Finding[], recorded: readonly Finding[], textOf: TextOf): string[] {
  if (now.map(textOf).join('\n') === recorded.map(textOf).join('\n')) return [];
  const texts = (some: readonly Finding[]) => new Set(some.map(textOf));
  const [found, stands] = [texts(now), texts(recorded)];
  const missing = recorded.filter((each) => !found.has(textOf(each)));
  const more = now.filter((each) => !stands.has(textOf(each)));
  return [
    ...missing.map(({ code, oracle }) => `In the record, and not found again: ${code} (oracle ${oracle})`),
    ...more.map(({ code, oracle }) => `Found again, and not in the record: ${code} (oracle ${oracle})`),
    ...(missing.length + more.length === 0 ? ['Same findings in another order or number'] : []),
  ];
}

import { derivedFiles } from '../bundle/derived-files.ts';
import { envelopeFile, openEnvelope } from '../bundle/envelope.ts';
import { oraclesDigest } from '../bundle/oracle-sources.ts';
import type { PublicKeyFile } from '../bundle/signing-key.ts';
import { parseStatement, statementText, type Subject } from '../bundle/statement.ts';
import { TarReader } from '../bundle/tar-reader.ts';
import { HarnessError } from '../errors/harness-error.ts';
import { aboutOf, notCompliance } from '../record/about.ts';
import { exitCodeOf } from '../record/exit-code.ts';
import { recordFile } from '../record/line.ts';
import { LedgerFold, type Ledger } from '../record/ledger.ts';
import { readRecordFrom } from '../record/reader.ts';
import type { RunRecord } from '../record/run-record.ts';
import { checkAttachments } from './attachments.ts';
import { check, type Check } from './check.ts';
import { checkFiles } from './files.ts';
import { judgeAgain } from './judge-again.ts';
import { checkSignature } from './signature.ts';
import { verdictsAgain } from './verdicts-again.ts';

export interface Verification {
  readonly path: string;
  /** True: every check holds. It says that the evidence is what was recorded, not that the product passed. */
  readonly sound: boolean;
  readonly checks: readonly Check[];
  readonly about: string;
  readonly notCompliance: string;
  readonly run: string;
  readonly counts: Ledger['counts'];
}

/** A statement names each file in some hundred bytes. */
const maxEnvelopeBytes = 256 * 1024 * 1024;

/**
 * Verifies a bundle without device, network or the machine that made it. What is wrong is named in the checks.
 * @throws UsageError for what is no bundle, or one that must not be trusted far enough to be read on (see TarReader, openEnvelope, parseStatement, readRecord).
 */
export async function verifyBundle(
  path: string,
  {
    trusted = [],
    oracles,
  }: { trusted?: readonly PublicKeyFile[]; /** Digest of the verifier's own oracles. */ oracles: string },
): Promise<Verification> {
  const tar = await TarReader.open(path);
  try {
    const { envelope, payload } = openEnvelope(await tar.read(envelopeFile, maxEnvelopeBytes));
    const { subject } = parseStatement(payload);
    const files = await checkFiles(tar, subject);
    const run = await recordOf(tar, files);
    const { ledger } = run;
    const stored = await storedOracles(tar);
    return withSoundness(path, ledger, [
      files,
      await checkSignature(tar, envelope, payload, trusted, ledger.lastAt),
      check('chain', `${run.lines} lines, each with the hash of the one before, last ${run.head}`, truncation(run)),
      ledgerCheck(ledger),
      checkAttachments(ledger, subject),
      await statementCheck(tar, run, payload, subject),
      oracleCheck(stored, ledger, oracles),
      await judgeAgain(tar, ledger, stored.digest === oracles),
      verdictsAgain(ledger),
    ]);
  } finally {
    await tar.close();
  }
}

/** A record that cannot be read is told after the files: they name what was changed. */
async function recordOf(tar: TarReader, files: Check): Promise<RunRecord> {
  const fold = new LedgerFold();
  try {
    const end = await readRecordFrom(recordFile, tar.chunks(recordFile), (event) => fold.add(event));
    return { dir: '', ledger: fold.ledger(), ...end };
  } catch (error) {
    if (error instanceof HarnessError && files.problems.length > 0)
      error.message = `${error.message}. Files: ${files.problems.join('; ')}`;
    throw error;
  }
}

function truncation({ truncated }: RunRecord): string[] {
  return truncated ? [`Cut off in line ${truncated.atLine}: the harness ended while it was written`] : [];
}

/** No gap: every planned case has its verdict, and the run its end. */
function ledgerCheck(ledger: Ledger): Check {
  const { cases, missing, problems, ended } = ledger;
  const gap = missing.map((id) => `No verdict in the record: ${id}`);
  const end = ended ? otherEnd(ledger, ended.exitCode) : ['No end of the run in the record'];
  return check(
    'ledger',
    `${cases.length} cases planned, ${cases.length - missing.length} verdicts, gap ${missing.length}`,
    [...gap, ...end, ...problems],
  );
}

/** What its benches lacked is known to the run alone: where all else is well it may have ended with 3 for that. */
function otherEnd(ledger: Ledger, said: number): string[] {
  const { code, reason } = exitCodeOf(ledger);
  if (said === code || (code === 0 && said === 3)) return [];
  return [`The run ended with ${said}, and its verdicts give ${code}${reason === '' ? '' : `: ${reason}`}`];
}

/** The statement and the files for reading are made again from the record. */
async function statementCheck(
  tar: TarReader,
  run: RunRecord,
  payload: Buffer,
  subjects: readonly Subject[],
): Promise<Check> {
  const problems: string[] = [];
  if (!statementText(run, subjects).equals(payload))
    problems.push(`Says something else than the record: ${envelopeFile}`);
  for (const [name, bytes] of derivedFiles(run)) {
    const stored = tar.sizeOf(name) === bytes.length ? await tar.read(name, bytes.length) : undefined;
    if (!stored?.equals(bytes)) problems.push(`Says something else than the record: ${name}`);
  }
  return check('statement', 'statement, plan, benches and verdicts say what the record says', problems);
}

const maxSourceBytes = 1024 * 1024;

interface StoredOracles {
  readonly count: number;
  readonly digest: string;
}

async function storedOracles(tar: TarReader): Promise<StoredOracles> {
  const sources = new Map<string, Buffer>();
  for (const name of tar.names.filter((each) => each.startsWith('oracles/')))
    sources.set(name.slice('oracles/'.length), await tar.read(name, maxSourceBytes));
  return { count: sources.size, digest: oraclesDigest(sources) };
}

function oracleCheck({ count, digest }: StoredOracles, { run }: Ledger, own: string): Check {
  const problems = count === 0 ? ['No source of an oracle in the bundle'] : [];
  const notes: string[] = [];
  if (run.tool.oracles === undefined) notes.push('The record does not say which oracles it was judged with');
  else if (run.tool.oracles !== digest)
    notes.push('The oracles in the bundle are later than the run: it was judged with others');
  if (own !== digest) notes.push('This verifier has other oracles than the bundle: it judges with its own');
  return check('oracles', `${count} sources, ${digest}`, problems, notes);
}

function withSoundness(path: string, ledger: Ledger, checks: readonly Check[]): Verification {
  return {
    path,
    sound: checks.every(({ problems }) => problems.length === 0),
    checks,
    about: aboutOf(ledger).text,
    notCompliance,
    run: ledger.run.run,
    counts: ledger.counts,
  };
}

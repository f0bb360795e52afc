import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { envelopeText, seal } from '../bundle/envelope.ts';
import { oraclesDigest } from '../bundle/oracle-sources.ts';
import { newSigningKey, readPublicKey, readSigningKey } from '../bundle/signing-key.ts';
import { statementText } from '../bundle/statement.ts';
import { readTarHeader, tarHeader } from '../bundle/tar-header.ts';
import { writeTar } from '../bundle/tar-writer.ts';
import { HarnessError } from '../errors/harness-error.ts';
import { digest } from '../judge/test-transition.ts';
import { lineHash } from '../record/line.ts';
import { openRun, type RunRecord } from '../record/run-record.ts';
import { smallOracles, writeSmallBundle } from './fixtures/small-bundle.ts';
import { writeSmallRun, type Lies } from './fixtures/small-run.ts';
import { verifyBundle } from './verify.ts';

const oracles = oraclesDigest(smallOracles);

/** Everything that was said against a bundle; '' for a sound one. */
async function against(path: string, keys: string[] = []): Promise<string> {
  try {
    const trusted = await Promise.all(keys.map((key) => readPublicKey(key)));
    const { checks, sound } = await verifyBundle(path, { trusted, oracles });
    const problems = checks.flatMap((each) => each.problems);
    expect(sound).to.equal(problems.length === 0);
    return problems.join('\n');
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

/** Where each file of an archive lies: header, content, padding. */
function layout(bytes: Buffer): { name: string; from: number; content: number; to: number }[] {
  const files: { name: string; from: number; content: number; to: number }[] = [];
  for (let at = 0; bytes[at] !== 0;) {
    const { name, sizeBytes } = readTarHeader(bytes.subarray(at, at + 512));
    const to = at + 512 + Math.ceil(sizeBytes / 512) * 512;
    files.push({ name, from: at, content: at + 512, to });
    at = to;
  }
  return files;
}

/** Where a case's first transition is stored, as the record has it. */
function pick(lines: readonly Record<string, unknown>[], id: string): Record<string, unknown> {
  const { path, sha256, sizeBytes } = lines.find(
    (line) => line['case'] === id && line['event'] === 'attachment' && line['name'] === 'transition-1.json',
  )!;
  return { path, sha256, sizeBytes };
}

describe('verifyBundle', () => {
  let dir: string;
  let run: RunRecord;
  let signed: string;
  let key: string;
  let bytes: Buffer;
  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'verify-'));
    run = await writeSmallRun(join(dir, 'run'));
    await newSigningKey(join(dir, 'lab.json'), { name: 'lab', days: 365, now: new Date('2026-11-01') });
    key = join(dir, 'lab.pub.json');
    signed = await writeSmallBundle(dir, run, {
      key: await readSigningKey(join(dir, 'lab.json'), new Date('2026-11-21')),
    });
    bytes = readFileSync(signed);
  });
  after(() => rmSync(dir, { recursive: true }));

  /** The signed bundle with a change. */
  const changed = (change: (copy: Buffer) => Buffer | void): string => {
    const copy = Buffer.from(bytes);
    const path = join(dir, 'changed.tar');
    writeFileSync(path, change(copy) ?? copy);
    return path;
  };

  it('finds a bundle sound, judges its transitions again and gives its verdicts again', async () => {
    const { checks, counts, about } = await verifyBundle(signed, { trusted: [await readPublicKey(key)], oracles });
    expect(checks.flatMap(({ problems }) => problems)).to.deep.equal([]);
    const said = Object.fromEntries(checks.map(({ name, said }) => [name, said]));
    expect(said['judgements']).to.match(/^5 transitions and 1 recoveries judged again, 3 findings/);
    expect(said['verdicts']).to.match(/^6 given again/);
    expect(said['ledger']).to.contain('gap 0');
    expect(counts).to.include({ passed: 2, failed: 2, broken: 1, 'known-issue': 1 });
    expect(about).to.match(/^Evidence about the harness/);
  });

  it('is the same bundle when it is made again', async () => {
    const again = await writeSmallBundle(join(dir), run, {
      key: await readSigningKey(join(dir, 'lab.json'), new Date('2026-12-21')),
    });
    expect(readFileSync(again).equals(bytes)).to.equal(true);
  });

  it('finds one flipped bit anywhere, and names the file that it is in', async () => {
    const files = layout(bytes);
    await fc.assert(
      fc.asyncProperty(fc.nat(files.length), fc.nat(), fc.nat(7), async (which, offset, bit) => {
        const file = files[which] ?? { name: '', from: files.at(-1)?.to ?? 0, to: bytes.length };
        const at = file.from + (offset % (file.to - file.from));
        const said = await against(changed((copy) => void (copy[at] = (copy[at] ?? 0) ^ (1 << bit))));
        if (file.name === '') expect(said).to.match(/behind the end|bundle-/);
        else
          expect(said.includes(file.name) || said.includes(`at byte ${file.from}`), `byte ${at}: ${said}`).to.equal(
            true,
          );
      }),
      { numRuns: 150 },
    );
  });

  it('finds a bundle cut at any length, and one that was added to', async () => {
    for (const length of [0, 1, 511, 512, 5000, bytes.length - 1024, bytes.length - 1]) {
      const path = changed(() => undefined);
      truncateSync(path, length);
      expect(await against(path), `${length} bytes`).to.match(/^bundle-truncated/);
    }
    const path = changed(() => undefined);
    appendFileSync(path, 'more');
    expect(await against(path)).to.match(/^bundle-changed: Bytes behind the end/);
  });

  /** The signed bundle with a file of this header in front of its end. */
  const withFile = (name: string, change: (header: Buffer) => void): string =>
    changed((copy) => {
      const header = tarHeader('harmless', 0);
      header.fill(0, 0, 100);
      header.write(name, 0, 'latin1');
      change(header);
      header.write('        ', 148, 'latin1');
      const sum = header.reduce((total, byte) => total + byte, 0);
      header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
      return Buffer.concat([copy.subarray(0, -1024), header, copy.subarray(-1024)]);
    });
  const nothing = () => undefined;

  it('refuses links, devices, and names that lead out', async () => {
    const typed = (type: string) => withFile('x', (header) => void header.write(type, 156, 'latin1'));
    for (const type of ['1', '2', '3', '4', '5', '6', 'x', 'g', 'L', '\0'])
      expect(await against(typed(type)), `type ${type}`).to.match(/^bundle-hostile: No regular file/);
    for (const name of ['../x', '/etc/passwd', 'a/../../x', 'a//b', './x', 'a\\..\\x', 'C:x', 'a\nb', '\xff'])
      expect(await against(withFile(name, nothing)), name).to.match(/^bundle-hostile: Name leads out/);
    expect(await against(withFile('README.txt', nothing))).to.match(/^bundle-hostile: Name stands there twice/);
  });

  it('refuses a size that the archive does not have, and a file that nobody vouches for', async () => {
    const huge = withFile('x', (header) => void header.write('77777777777\0', 124, 'latin1'));
    expect(await against(huge)).to.match(/^bundle-truncated/);
    const odd = withFile('x', (header) => void header.write('-0000000001\0', 124, 'latin1'));
    expect(await against(odd)).to.match(/^bundle-changed/);
    expect(await against(withFile('extra', nothing))).to.contain('Not named by the statement: extra');
  });

  it('tells another key, an expired one, and no key at all', async () => {
    await newSigningKey(join(dir, 'other.json'), { name: 'other', days: 1, now: new Date('2026-01-01') });
    const other = join(dir, 'other.pub.json');
    expect(await against(signed, [key])).to.equal('');
    expect(await against(signed, [other, key])).to.equal('');
    expect(await against(signed, [other])).to.match(/^Signed by another key than the one asked for/);
    const plain = await writeSmallBundle(dir, run);
    expect(await against(plain)).to.equal('');
    expect(await against(plain, [key])).to.equal('Not signed, and a key was asked for');
    const late = await readSigningKey(join(dir, 'other.json'), new Date('2026-01-02'));
    const expired = await writeSmallBundle(dir, run, { key: late });
    expect(await against(expired)).to.match(/^Key had expired on 2026-01-02/);
    writeFileSync(signed, bytes);
    const code = await readSigningKey(join(dir, 'other.json'), new Date('2026-01-03')).catch(
      (error: HarnessError) => error.code,
    );
    expect(code).to.equal('key-expired');
  });

  it('sees a signature that was copied from another bundle', async () => {
    const forged = {
      ...(await readSigningKey(join(dir, 'other.json'), new Date('2026-01-01'))),
      public: await readPublicKey(key),
    };
    const path = await writeSmallBundle(dir, run, { key: forged });
    expect(await against(path, [key])).to.match(/^Wrong signature/);
    writeFileSync(signed, bytes);
  });

  it('sees a harness that hides a finding, passes what failed, or forgets a case', async () => {
    const lying = async (lies: Lies) => {
      const lied = mkdtempSync(join(dir, 'lies-'));
      return against(await writeSmallBundle(lied, await writeSmallRun(join(lied, 'run'), lies)));
    };
    expect(await lying({ hides: 'update/bad' })).to.equal(
      'Found again, and not in the record: canary-lost (oracle 7): transition-1 of update/bad',
    );
    expect(await lying({ hides: 'update/stuck' })).to.equal(
      'Found again, and not in the record: update-not-completable (oracle 9): recovery of update/stuck',
    );
    expect(await lying({ passes: 'update/bad' })).to.match(
      /^Verdict is passed, and comes out as failed \(.*\): update\/bad$/,
    );
    expect(await lying({ passes: 'update/crashed' })).to.match(/comes out as broken/);
    expect(await lying({ forgets: 'update/good' })).to.equal('No verdict in the record: update/good');
  });

  /** The bundle of a run whose record was written anew by somebody who knows how: the chain holds. */
  const rewritten = async (
    change: (lines: Record<string, unknown>[]) => Record<string, unknown>[],
  ): Promise<string> => {
    const parent = mkdtempSync(join(dir, 'rewritten-'));
    cpSync(run.dir, join(parent, 'run'), { recursive: true });
    const path = join(parent, 'run', 'record.jsonl');
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    let prev = '0'.repeat(64);
    const chained = change(lines.map((line) => JSON.parse(line) as Record<string, unknown>)).map((event, seq) => {
      const line = JSON.stringify({ ...event, seq, prev });
      prev = lineHash(line);
      return line;
    });
    writeFileSync(path, `${chained.join('\n')}\n`);
    return writeSmallBundle(parent, await openRun(join(parent, 'run')));
  };

  /** The bundle with other files in it, and a statement that names these. */
  const repacked = async (change: (files: Map<string, Buffer>) => unknown): Promise<string> => {
    const files = new Map(
      layout(bytes).map(({ name, content, from }) => {
        const { sizeBytes } = readTarHeader(bytes.subarray(from, from + 512));
        return [name, bytes.subarray(content, content + sizeBytes)];
      }),
    );
    for (const name of ['statement.dsse.json', 'key.json']) files.delete(name);
    change(files);
    const named = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
    const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
    const subjects = named.map(([name, content]) => ({ name, digest: { sha256: sha256(content) } }));
    const entries = [['statement.dsse.json', envelopeText(seal(statementText(run, subjects), undefined))], ...named];
    const path = join(mkdtempSync(join(dir, 'repacked-')), 'bundle.tar');
    await writeTar(
      path,
      (entries as [string, Buffer][]).map(([name, content]) => ({ name, sizeBytes: content.length, content })),
    );
    return path;
  };

  it('finds what was only packed or written again sound', async () => {
    expect(await against(await repacked(() => undefined))).to.equal('');
    expect(await against(await rewritten((lines) => lines))).to.equal('');
  });

  it('misses a file that the record names, sees another in its place, and one that no record names', async () => {
    const name = 'attachments/update_bad/console.log';
    expect(await against(await repacked((files) => files.delete(name)))).to.equal(
      `Named by the record, and missing: ${name}`,
    );
    expect(await against(await repacked((files) => files.set(name, Buffer.from('all is well\n'))))).to.equal(
      `Not the file that the record names: ${name}`,
    );
    const stray = 'attachments/update_bad/photo.png';
    expect(await against(await repacked((files) => files.set(stray, Buffer.from('?'))))).to.equal(
      `Not named by the record: ${stray}`,
    );
  });

  const of = (id: string, event: string) => (line: Record<string, unknown>) =>
    line['case'] === id && line['event'] === event;

  it('does not take a verdict for one of an older record where others say what they were given for', async () => {
    const path = await rewritten((lines) =>
      lines.map((line) => {
        if (!of('update/crashed', 'verdict')(line)) return line;
        const { outcome: _, blame: __, code: ___, ...rest } = line;
        return { ...rest, verdict: 'passed', reason: '' };
      }),
    );
    expect(await against(path)).to.equal('Does not say what it was given for: verdict of update/crashed');
  });

  it('sees what was written behind the end of a run, and an end that the verdicts do not give', async () => {
    const late = { event: 'note', case: 'update/good', kind: 'remark', data: {}, at: '2026-11-21T08:01:00.000Z' };
    expect(await against(await rewritten((lines) => [...lines, late]))).to.equal(
      'event after the end of the run: note',
    );
    const again = (lines: Record<string, unknown>[]) => [...lines, { ...lines.at(-1), exitCode: 0, reason: '' }];
    expect(await against(await rewritten(again))).to.equal('event after the end of the run: run-ended');
    const other = (lines: Record<string, unknown>[]) => [...lines.slice(0, -1), { ...lines.at(-1), exitCode: 0 }];
    expect(await against(await rewritten(other))).to.equal(
      'The run ended with 0, and its verdicts give 1: 2 failed, the first: update/bad',
    );
  });

  const image = (name: string) => ({ name, digest: digest(`commit ${name}`) });

  it('sees a transition that was stored twice, and one that was noted and never judged', async () => {
    const path = await rewritten((lines) =>
      lines.flatMap((line) =>
        of('update/bad', 'attachment')(line) && line['name'] === 'transition-1.json'
          ? [{ ...line, ...pick(lines, 'update/good') }, line]
          : [line],
      ),
    );
    expect(await against(path)).to.contain('Stored more than once: transition-1 of update/bad');
    const noted = await rewritten((lines) =>
      lines.flatMap((line) =>
        of('update/good', 'case-started')(line)
          ? [
              line,
              {
                event: 'note',
                case: 'update/good',
                at: line['at'],
                kind: 'transition',
                data: { transition: 'transition-7', kind: 'update', from: image('v1'), to: image('v2') },
              },
            ]
          : [line],
      ),
    );
    expect(await against(noted)).to.equal('Noted, and never judged: transition-7 of update/good');
  });

  it('sees a note of a transition that says another thing than the transition', async () => {
    const noting = (data: object) =>
      rewritten((lines) =>
        lines.flatMap((line) =>
          of('update/good', 'judged')(line)
            ? [line, { event: 'note', case: 'update/good', at: line['at'], kind: 'transition', data }]
            : [line],
        ),
      );
    const right = { transition: 'transition-1', kind: 'update', from: image('v1'), to: image('v2'), running: 'v2' };
    expect(await against(await noting(right))).to.equal('');
    const fault = { kind: 'power-cut', phaseAsked: 'boot-swap', phaseHit: 'boot-swap', position: 'commit-issued' };
    expect(await against(await noting({ ...right, fault }))).to.equal(
      'Noted otherwise than it is stored: transition-1 of update/good',
    );
    expect(await against(await noting({ ...right, to: image('v3') }))).to.equal(
      'Noted otherwise than it is stored: transition-1 of update/good',
    );
  });

  it('takes other words of later oracles for the same finding, and no other finding', async () => {
    const later = async (path: string, own: string) => {
      const { checks } = await verifyBundle(path, { oracles: own });
      return checks.flatMap(({ problems }) => problems);
    };
    const said = mkdtempSync(join(dir, 'words-'));
    const reworded = await writeSmallBundle(said, await writeSmallRun(join(said, 'run'), { rewords: 'update/bad' }));
    expect(await later(reworded, 'f'.repeat(64))).to.deep.equal([]);
    expect(await later(reworded, oracles)).to.have.length(2);
    const hidden = mkdtempSync(join(dir, 'hidden-'));
    const lied = await writeSmallBundle(hidden, await writeSmallRun(join(hidden, 'run'), { hides: 'update/bad' }));
    expect(await later(lied, 'f'.repeat(64))).to.have.length(1);
  });

  it('refuses by name what a later version wrote', async () => {
    const statement = { _type: 'x', predicate: { bootproof: { version: 2 } } };
    const payload = Buffer.from(JSON.stringify(statement));
    const first = envelopeText(seal(payload, undefined));
    const path = join(dir, 'newer.tar');
    await writeTar(path, [{ name: 'statement.dsse.json', sizeBytes: first.length, content: first }]);
    expect(await against(path)).to.match(/^bundle-newer: Bundle version 2/);
  });

  it('refuses what is no bundle', async () => {
    const path = join(dir, 'noise.tar');
    writeFileSync(path, 'x'.repeat(5000));
    expect(await against(path)).to.match(/^bundle-/);
    expect(await against(join(dir, 'absent.tar'))).to.match(/^bundle-unreadable/);
    await writeTar(path, []);
    expect(await against(path)).to.match(/^bundle-file-missing: .*statement.dsse.json/);
  });
});

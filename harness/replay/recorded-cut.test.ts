import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { RecordedDisk } from '../blocklog/disk-state.ts';
import { LogWriter } from '../blocklog/log-writer.ts';
import { ScratchDirectory } from '../blocklog/scratch-directory.ts';
import type { HarnessError } from '../errors/harness-error.ts';
import type { CaseLedger } from '../record/ledger.ts';
import { chooseRecordedCut, type RecordedCutRequest } from '../session/recorded-cut-choice.ts';
import { keptRecording, recordedCutOf, stateOf } from './recorded-cut.ts';

/** w write, f flush; several writes go to the same place. */
const course = 'wwfwwwwwfwwwwfww';
const phases = {
  windows: [
    { phase: 'finalize', from: 1, to: 4 },
    { phase: 'boot-swap', from: 4, to: 12 },
    { phase: 'reboot', from: 12, to: 15 },
  ],
  commit: { choice: 'new', issued: 6, flushed: 8 },
  marks: { firstSector: 1_000_000, sectors: 8 },
} as RecordedCutRequest['phases'];
const recording = { entries: 16, flushes: 3, writtenBytes: 53_248, windows: phases.windows };

const caseOf = (notes: readonly { kind: string; data: unknown }[]): CaseLedger =>
  ({ planned: { case: 'interrupted/cut/boot-swap' }, notes }) as unknown as CaseLedger;
const fault = { kind: 'power-cut', phaseAsked: 'boot-swap', phaseHit: 'boot-swap', lossModel: 'memory+cache' };
const transition = { kind: 'update', from: { name: 'v1', digest: '1' }, to: { name: 'v2', digest: '2' }, fault };
const notesOf = (cut: unknown) => [
  { kind: 'receipt', data: { kind: 'cut', lossModel: 'memory', proof: [] } },
  { kind: 'recording', data: { made: true, bench: 'qemu-a', ...recording } },
  { kind: 'receipt', data: { kind: 'cut', log: cut } },
  { kind: 'transition', data: transition },
];
const codeOf = async (what: () => unknown): Promise<string> => {
  try {
    await what();
    return 'done';
  } catch (error) {
    return (error as HarnessError).code;
  }
};

describe('a recorded cut, taken from the record', () => {
  let scratch: ScratchDirectory;
  let disk: RecordedDisk;
  before(() => {
    scratch = new ScratchDirectory();
    const writer = new LogWriter(scratch.file('log'));
    [...course].forEach((letter, i) =>
      letter === 'f' ? writer.flush() : writer.write(8 * (i % 5), Buffer.alloc(4096, i + 1)),
    );
    writer.close();
    writeFileSync(scratch.file('base'), Buffer.alloc(64 * 1024));
    disk = RecordedDisk.open({ basePath: scratch.file('base'), logPath: scratch.file('log') });
  });
  after(() => {
    disk.close();
    scratch.remove();
  });

  it('is the disk that was booted, whatever the seed and the aim, and nothing of it is in flight', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(undefined, 'before-commit' as const), (seed, aim) => {
        const asked = { at: 'boot-swap', ...(aim ? { aim } : {}) } as const;
        const chosen = chooseRecordedCut({ log: disk.log, phases, fault: asked, base: 'b', seed });
        const cut = JSON.parse(JSON.stringify(chosen.cut)) as unknown;
        const { window, ...state } = stateOf(disk.log, phases, recordedCutOf(caseOf(notesOf(cut))));
        expect(window).to.include({ from: 4, to: 12 });
        expect(state.entries).to.be.at.least(chosen.cut.entry);
        const booted = disk.at(chosen.entries, chosen.dropped).read(0, 20 * 1024);
        expect(
          disk
            .at(state.entries, new Set(state.dropped))
            .read(0, 20 * 1024)
            .equals(booted),
        ).to.equal(true);
      }),
    );
  });

  it('is not another cut of the same phase', async () => {
    const { cut } = chooseRecordedCut({ log: disk.log, phases, fault: { at: 'boot-swap' }, base: 'b', seed: 3 });
    const facts = recordedCutOf(caseOf(notesOf({ ...cut, entry: cut.entry + 1 })));
    expect(await codeOf(() => stateOf(disk.log, phases, facts))).to.equal('recording-gone');
  });

  it('is none of a live cut, another fault, or a case without any', async () => {
    const { cut } = chooseRecordedCut({ log: disk.log, phases, fault: { at: 'boot-swap' }, base: 'b', seed: 3 });
    for (const notes of [
      [],
      notesOf(undefined),
      notesOf(cut).slice(0, 3),
      notesOf(cut).filter(({ kind }) => kind !== 'recording'),
      [
        ...notesOf(cut).slice(0, 3),
        { kind: 'transition', data: { ...transition, fault: { ...fault, kind: 'reset' } } },
      ],
    ])
      expect(await codeOf(() => recordedCutOf(caseOf(notes)))).to.equal('not-a-recorded-cut');
  });

  it('finds its own recording among those of the run, if it is whole', async () => {
    const run = scratch.file('run');
    const keep = (name: string, kept: unknown, leaves: readonly string[]): void => {
      mkdirSync(join(run, 'recordings', name), { recursive: true });
      writeFileSync(join(run, 'recordings', name, 'recording.json'), JSON.stringify({ phases: kept }));
      for (const leaf of leaves) writeFileSync(join(run, 'recordings', name, leaf), '');
    };
    const facts = recordedCutOf(caseOf(notesOf({ base: 'b', entry: 5, phase: 'boot-swap', seed: 3 })));
    expect(await codeOf(() => keptRecording(run, facts))).to.equal('recording-gone');
    keep('a-half', recording, ['base.raw']);
    keep('b-other', { ...recording, writtenBytes: 1 }, ['base.raw', 'writes.log']);
    expect(await codeOf(() => keptRecording(run, facts))).to.equal('recording-gone');
    keep('c-own', { ...recording, commit: phases.commit }, ['base.raw', 'writes.log']);
    expect(await keptRecording(run, facts)).to.equal(join(run, 'recordings', 'c-own'));
  });
});

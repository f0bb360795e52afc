import { expect } from 'chai';
import fc from 'fast-check';
import { z } from 'zod';
import { HarnessError, UsageError } from '../errors/harness-error.ts';
import { loadBenchFile, parseBenchFile } from './load.ts';
import { nearestNames } from './nearest-name.ts';
import { benchFileJsonSchema, benchNames } from './schema.ts';

const targets = {
  qemu: z.strictObject({ memoryMiB: z.number().int().default(768), accelerator: z.enum(['tcg', 'kvm']).optional() }),
};
const good = 'name: qemu\ntarget: qemu\ninstances: 2\nexpects: [power.cut]\noptions:\n  memoryMiB: 512\n';

function problemsOf(text: string): string[] {
  try {
    parseBenchFile(text, 'b.yaml', targets);
  } catch (error) {
    expect(error).to.be.instanceOf(UsageError);
    return (error as UsageError).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  throw new Error('accepted');
}

describe('bench file', () => {
  it('gives what it says, with the defaults of harness and target', () => {
    expect(parseBenchFile(good, 'b.yaml', targets)).to.deep.equal({
      path: 'b.yaml',
      name: 'qemu',
      target: 'qemu',
      instances: 2,
      expects: ['power.cut'],
      options: { memoryMiB: 512 },
    });
    const small = parseBenchFile('name: q\ntarget: qemu\n', 'b.yaml', targets);
    expect(small.options).to.deep.equal({ memoryMiB: 768 });
    expect(small.instances).to.equal(1);
  });

  it('names all problems at once, each at its line and column, in the order of the file', () => {
    const text =
      'name: QEMU\ntarget: qemu\ninstanses: 2\nexpects: [power.cutt]\noptions:\n  memoryMib: 512\n  accelerator: tgc\n';
    const problems = problemsOf(text);
    expect(problems.map((line) => line.split(': ')[0])).to.deep.equal([
      'b.yaml:1:7',
      'b.yaml:3:1',
      'b.yaml:4:11',
      'b.yaml:6:3',
      'b.yaml:7:16',
    ]);
    expect(problems[1]).to.contain('unknown key `instanses`: did you mean instances?');
    expect(problems[2]).to.contain('did you mean power.cut');
    expect(problems[3]).to.contain('unknown key `memoryMib`: did you mean memoryMiB?');
    expect(problems[4]).to.contain('did you mean tcg');
  });

  it('names a missing key and an unknown target', () => {
    expect(problemsOf('target: qemo\n')).to.deep.equal([
      'b.yaml:1:1: missing key `name`',
      'b.yaml:1:9: unknown target `qemo`: did you mean qemu?',
    ]);
    expect(problemsOf('name: a\ntarget: __proto__\n')[0]).to.contain('unknown target');
  });

  it('places a syntax error and a repeated key', () => {
    expect(problemsOf('name: [a\ntarget: b')[0]).to.match(/^b\.yaml:\d+:\d+: /);
    expect(problemsOf('name: a\nname: b\ntarget: qemu\n')[0]).to.match(/^b\.yaml:2:1: .*unique/);
  });

  it('refuses a file that is not there, with the hint apart', async () => {
    const error = await loadBenchFile('/nonexistent/b.yaml', targets).catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'file-missing' });
  });

  it('answers any text with a bench file or a UsageError', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.string().map((tail) => good + tail),
        ),
        (text) => {
          try {
            parseBenchFile(text, 'b.yaml', targets);
          } catch (error) {
            if (!(error instanceof HarnessError) || error.blame !== 'user') throw error;
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('names the benches of a pool', () => {
    expect(benchNames({ name: 'qemu', instances: 2 })).to.deep.equal(['qemu-a', 'qemu-b']);
    expect(benchNames({ name: 'board', instances: 1 })).to.deep.equal(['board']);
  });

  it('exports a JSON Schema that names the options of each target and refuses unknown keys', () => {
    const schema = benchFileJsonSchema(targets) as {
      anyOf: [{ properties: Record<string, never>; additionalProperties: boolean; required: string[] }];
    };
    expect(schema.anyOf[0].properties).to.have.nested.property('options.properties.memoryMiB');
    expect(schema.anyOf[0].additionalProperties).to.equal(false);
    expect(schema.anyOf[0].required).to.deep.equal(['name', 'target']);
  });
});

describe('nearestNames', () => {
  it('puts the nearest first and leaves out what is far', () => {
    expect(nearestNames('swich', ['switch', 'update', 'stitch'])).to.deep.equal(['switch', 'stitch']);
    expect(nearestNames('zzzzzz', ['switch', 'update'])).to.deep.equal([]);
  });

  it('finds every single slip', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{4,12}$/), fc.nat(), (word, seed) => {
        const place = seed % (word.length - 1);
        const swapped = word.slice(0, place) + word.charAt(place + 1) + word.charAt(place) + word.slice(place + 2);
        expect(nearestNames(swapped, [word])).to.deep.equal([word]);
        expect(nearestNames(word.slice(0, place) + word.slice(place + 1), [word])).to.deep.equal([word]);
      }),
    );
  });
});

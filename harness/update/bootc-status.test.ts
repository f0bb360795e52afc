import { expect } from 'chai';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { HarnessError } from '../errors/harness-error.ts';
import { parseBootcStatus } from './bootc-status.ts';

const recorded = (name: string): string =>
  readFileSync(new URL(`../../targets/simulated/recordings/bootc-1.6.0/${name}.out`, import.meta.url), 'utf8');

/** The code of what was thrown; anything that is no error of ours goes through. */
function codeOf(document: string | Buffer): string | undefined {
  try {
    parseBootcStatus(document);
    return undefined;
  } catch (error) {
    if (error instanceof HarnessError) return error.code;
    throw error;
  }
}

/** The recorded document with other values at these paths (`status.booted.pinned`); undefined takes a field away. */
function changed(changes: Readonly<Record<string, unknown>>): string {
  const document = JSON.parse(recorded('24-status-staged-with-rollback')) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const last = keys.pop()!;
    const parent = keys.reduce((at, key) => at[key] as Record<string, unknown>, document);
    parent[last] = value;
  }
  return JSON.stringify(document);
}

describe('status document of bootc', () => {
  it('gives staged, booted and rollback as a real bootc 1.6.0 reported them', () => {
    const { spec, status } = parseBootcStatus(recorded('24-status-staged-with-rollback'));
    expect(spec).to.deep.equal({
      bootOrder: 'default',
      image: { image: '10.0.2.2:5000/os:v3', transport: 'registry' },
    });
    expect(status.staged?.image?.version).to.equal('3');
    expect(status.booted?.ostree?.checksum).to.match(/^e21c8b0a/);
    expect(status.rollback?.image?.imageDigest).to.match(/^sha256:e8d7432f/);
    expect(status.rollbackQueued).to.equal(false);
  });

  it('tells a queued rollback from one that has happened', () => {
    expect(parseBootcStatus(recorded('17-status-rollback-queued')).status.rollbackQueued).to.equal(true);
    const after = parseBootcStatus(recorded('20-status-after-rollback')).status;
    expect([after.rollbackQueued, after.booted?.image?.version]).to.deep.equal([false, '1']);
  });

  it('reads what later versions added: composefs, soft reboot, download only, other deployments, read-only media', () => {
    const rollback = (JSON.parse(recorded('24-status-staged-with-rollback')) as { status: { rollback: object } }).status
      .rollback;
    const { status } = parseBootcStatus(
      changed({
        'status.readOnly': true,
        'status.otherDeployments': [{ ...rollback, pinned: true }],
        'status.staged.softRebootCapable': true,
        'status.staged.downloadOnly': true,
        'status.staged.ostree': null,
        'status.staged.composefs': { verity: 'ab'.repeat(64), bootType: 'bls', bootDigest: null },
      }),
    );
    expect(status.staged).to.include({ softRebootCapable: true, downloadOnly: true });
    expect(status.staged?.composefs?.verity).to.have.length(128);
    expect([status.readOnly, status.otherDeployments[0]?.pinned]).to.deep.equal([true, true]);
  });

  it('refuses another API version by name', () => {
    const other = changed({ apiVersion: 'org.containers.bootc/v2' });
    expect(codeOf(other)).to.equal('bootc-status-unsupported');
    expect(() => parseBootcStatus(other)).to.throw(/bootc\/v2/);
  });

  it('refuses megabytes before it reads them', () => {
    expect(() => parseBootcStatus(Buffer.alloc(2 * 1024 * 1024, '['))).to.throw(/larger than/);
  });

  it('refuses what is wrong in a field that is used, and names the field', () => {
    const wrong: Record<string, unknown> = {
      'status.booted.image.imageDigest': 'sha256:no',
      'status.booted.ostree.checksum': '../../etc',
      'status.rollbackQueued': undefined,
      'spec.bootOrder': 'sideways',
      'status.staged.pinned': 'yes',
    };
    for (const [path, value] of Object.entries(wrong))
      expect(() => parseBootcStatus(changed({ [path]: value })), path).to.throw(path);
  });

  it('property: a document that was cut short anywhere is malformed, never half a status', () => {
    const whole = recorded('24-status-staged-with-rollback').trim();
    fc.assert(
      fc.property(fc.nat(whole.length - 1), (length) => {
        expect(codeOf(whole.slice(0, length))).to.equal('bootc-status-malformed');
      }),
    );
  });

  it('property: fields that are not known change nothing', () => {
    const plain = parseBootcStatus(recorded('04-status-staged'));
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string().map((key) => `x-${key}`),
          fc.jsonValue(),
        ),
        (extra) => {
          const document = JSON.parse(recorded('04-status-staged')) as { spec: object; status: { booted: object } };
          Object.assign(document, extra);
          Object.assign(document.spec, extra);
          Object.assign(document.status.booted, extra);
          expect(parseBootcStatus(JSON.stringify(document))).to.deep.equal(plain);
        },
      ),
    );
  });

  it('property: bytes of any kind are refused by an error of the harness, with a short excerpt', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (document) => {
        expect(codeOf(document)).to.match(/^bootc-status-/);
      }),
    );
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { UsageError } from '../errors/harness-error.ts';
import { Redactor, redacted } from './redaction.ts';

const withSecret = (secret: string) => {
  const redactor = new Redactor();
  redactor.add(secret);
  return redactor;
};
const secret = fc.string({ minLength: 8, maxLength: 40, unit: 'grapheme' }).filter((text) => text.trim().length >= 8);

describe('Redactor', () => {
  it('leaves no form of a secret in a text around it', () => {
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (raw, before, after) => {
        const value = raw.trim();
        fc.pre(!redacted.includes(value) && !(before + after).includes(value));
        const redactor = withSecret(raw);
        for (const form of [
          value,
          encodeURIComponent(value),
          JSON.stringify(value),
          JSON.stringify(JSON.stringify({ value })),
          Buffer.from(value).toString('hex'),
          new URLSearchParams({ value }).toString(),
        ])
          expect(redactor.text(`${before} ${form} ${after}`)).to.contain(redacted);
        expect(redactor.text(`${before}${value}${after}`)).not.to.contain(value);
        expect(redactor.bytes(Buffer.from(`${before}${value}${after}`)).toString()).not.to.contain(value);
      }),
    );
  });

  it('finds a secret in base64 whatever stands before and after it', () => {
    fc.assert(
      fc.property(secret, fc.uint8Array(), fc.uint8Array(), fc.boolean(), (raw, before, after, url) => {
        const joined = Buffer.concat([before, Buffer.from(raw.trim()), after]);
        expect(withSecret(raw).text(joined.toString(url ? 'base64url' : 'base64'))).to.contain(redacted);
      }),
    );
  });

  it('changes nothing else: a text without secrets, and bytes that are no text', () => {
    const redactor = withSecret('correct horse');
    const text = 'ssh://root@10.0.2.2:22 https://example.org/a@b mailto:a@b.c [  1.0] horse correct';
    expect(redactor.text(text)).to.equal(text);
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(redactor.bytes(Buffer.from(bytes))).to.deep.equal(Buffer.from(bytes));
      }),
    );
  });

  it('takes the longer of two secrets where one begins with the other', () => {
    const redactor = withSecret('abcdef');
    redactor.add('abcdefghi');
    expect(redactor.text('abcdefghi abcdef')).to.equal(`${redacted} ${redacted}`);
  });

  it('always takes credentials out of URLs and headers', () => {
    const redactor = new Redactor();
    expect(redactor.text('https://token@host/x http://u:p@ss@host redis://:pw@h/0')).to.equal(
      `https://${redacted}@host/x http://${redacted}@host redis://${redacted}@h/0`,
    );
    expect(redactor.text('Authorization: Bearer abc.def')).to.equal(`Authorization: Bearer ${redacted}`);
  });

  it('always takes private keys out: PEM, OpenSSH, in JSON, cut off, between console lines', () => {
    const redactor = new Redactor();
    const body = 'b3BlbnNzaC1rZXktdjEAAAAA\nQyNTUxOQAAACB/abc+def==\n';
    const pem = `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}-----END OPENSSH PRIVATE KEY-----`;
    const old = `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n${body}`;
    expect(redactor.text(`a ${pem} b ${pem} c`)).to.equal(`a ${redacted} b ${redacted} c`);
    expect(redactor.text(JSON.stringify({ pem }))).to.equal(`{"pem":"${redacted}"}`);
    expect(redactor.text(old)).to.equal(redacted);
    expect(redactor.text(pem.replaceAll('\n', '\r\n[   12.0] sh: '))).to.equal(redacted);
    expect(redactor.text(`-----BEGIN PUBLIC KEY-----\n${body}`)).to.contain('b3Blbn');
  });

  it('does not let a device blank its console with the first line of a key', () => {
    expect(new Redactor().text('-----BEGIN PRIVATE KEY-----\n! panic: no root')).to.equal(
      `${redacted}! panic: no root`,
    );
  });

  it('refuses a secret that it would have to redact everywhere', () => {
    expect(() => new Redactor().add('abc')).to.throw(UsageError);
  });

  it('does nothing for an empty one', () => {
    expect(withSecret(' \n').text('some text')).to.equal('some text');
  });
});

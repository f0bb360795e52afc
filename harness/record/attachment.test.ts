import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { HarnessError } from '../errors/harness-error.ts';
import { checkAttachment } from './attachment-check.ts';
import { AttachmentStore, attachmentPath, safeName } from './attachment.ts';
import { readEnds } from './file-ends.ts';
import { lineHash } from './line.ts';
import { Redactor } from './redaction.ts';

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing thrown',
    (error: unknown) => (error instanceof HarnessError ? error.code : String(error)),
  );

describe('AttachmentStore', () => {
  let dir: string;
  let store: AttachmentStore;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'record-'));
    const redactor = new Redactor();
    redactor.add('hunter2!');
    store = new AttachmentStore(dir, redactor);
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const text = { case: 'interrupted/boot-swap#1', name: 'console.log', mediaType: 'text/plain' };

  it('stores bytes with the hash and size of what is on disk, without the secret', async () => {
    const stored = await store.storeBytes(text, 'login: root\npassword: hunter2!\n');
    const onDisk = readFileSync(join(dir, stored.path));
    expect(onDisk.toString()).to.equal('login: root\npassword: [redacted]\n');
    expect(stored).to.deep.include({ sha256: lineHash(onDisk), sizeBytes: onDisk.length, case: text.case });
    expect(stored.path).to.equal('attachments/interrupted_boot-swap~1/console.log');
    expect(await checkAttachment(dir, stored)).to.equal('intact');
  });

  it('stores a binary file byte for byte', async () => {
    const bytes = Buffer.from([0, 255, 128, ...Buffer.from('hunter2!')]);
    writeFileSync(join(dir, 'disk'), bytes);
    const stored = await store.storeFile({ ...text, mediaType: 'application/octet-stream' }, join(dir, 'disk'));
    expect(readFileSync(join(dir, stored.path))).to.deep.equal(bytes);
  });

  it('redacts a text file', async () => {
    writeFileSync(join(dir, 'transcript'), 'x hunter2! \xff');
    const stored = await store.storeFile(text, join(dir, 'transcript'));
    expect(readFileSync(join(dir, stored.path), 'utf8')).not.to.contain('hunter2');
  });

  it('never writes over another one', async () => {
    const [a, b] = await Promise.all([store.storeBytes(text, 'a'), store.storeBytes(text, 'b')]);
    expect(a.path).not.to.equal(b.path);
    expect(readFileSync(join(dir, a.path), 'utf8')).to.equal('a');
    expect(readFileSync(join(dir, b.path), 'utf8')).to.equal('b');
  });

  it('follows no symbolic link, and takes no directory', async () => {
    symlinkSync('/etc/passwd', join(dir, 'link'));
    expect(await codeOf(store.storeFile(text, join(dir, 'link')))).to.equal('attachment-no-file');
    expect(await codeOf(store.storeFile(text, dir))).to.equal('attachment-no-file');
  });

  it('sees a file that was changed or taken away', async () => {
    const stored = await store.storeBytes(text, 'evidence');
    writeFileSync(join(dir, stored.path), 'evidencE');
    expect(await checkAttachment(dir, stored)).to.equal('changed');
    rmSync(join(dir, stored.path));
    expect(await checkAttachment(dir, stored)).to.equal('missing');
  });

  it('reads nothing outside of the run, whatever the record says', async () => {
    writeFileSync(join(dir, 'inside'), '');
    symlinkSync('/etc', join(dir, 'etc'));
    mkdirSync(join(dir, 'run'));
    for (const path of ['/etc/passwd', '../inside', 'a/../../inside', 'etc/passwd', '..\\inside'])
      expect(await codeOf(attachmentPath(dir, path))).to.equal('attachment-outside');
    expect(await attachmentPath(dir, 'inside')).to.match(/inside$/);
  });

  it('makes a name that is one segment below the directory, of any string', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom('..', '../../x', '/etc/passwd', '.', '', 'a\0b', '~root')),
        (name) => {
          const safe = safeName(name);
          expect(safe).to.match(/^[A-Za-z0-9_][A-Za-z0-9._~-]{0,99}$/);
          expect(resolve('/run', safe)).to.equal(`${sep}run${sep}${safe}`);
        },
      ),
    );
  });
});

describe('readEnds', () => {
  it('keeps whole lines of both ends and counts what is left out', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'record-'));
    try {
      const path = join(dir, 'long');
      const content = Array.from({ length: 1000 }, (_, n) => `line ${n}\n`).join('');
      writeFileSync(path, content);
      const { head, tail, leftOutBytes } = await readEnds(path, 200);
      expect(head.toString()).to.match(/^line 0\n(line \d+\n)+$/);
      expect(tail.toString()).to.match(/^(line \d+\n)+line 999\n$/);
      expect(head.length + tail.length + leftOutBytes).to.equal(content.length);
      expect((await readEnds(path, content.length)).leftOutBytes).to.equal(0);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

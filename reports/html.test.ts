import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Ledger } from '../harness/record/ledger.ts';
import type { RunRecord } from '../harness/record/run-record.ts';
import { openRun } from '../harness/record/run-record.ts';
import { hostile } from './fixtures/rich-run.ts';
import { htmlReport } from './html.ts';
import { style } from './html/style.ts';
import { lastLines } from './html/transcript.ts';

const stored = fileURLToPath(new URL('./fixtures/v1', import.meta.url));

/** Everything that a browser would take for a tag. */
const tagsOf = (page: string) => [...page.matchAll(/<[!/]?([a-zA-Z][a-zA-Z0-9]*)((?:[^"'>]|"[^"]*"|'[^']*')*)>/g)];
const known = [
  'doctype',
  'html',
  'head',
  'meta',
  'title',
  'style',
  'body',
  'main',
  'header',
  'footer',
  'section',
  'p',
  'h1',
  'h2',
  'h3',
];
known.push(
  'h4',
  'ul',
  'li',
  'b',
  'em',
  'strong',
  'span',
  'div',
  'dl',
  'dt',
  'dd',
  'code',
  'pre',
  'a',
  'details',
  'summary',
);
known.push('table', 'thead', 'tbody', 'tr', 'th', 'td', 'svg', 'rect');

function changed(run: RunRecord, change: (one: Ledger['cases'][number]) => Ledger['cases'][number]): RunRecord {
  return { ...run, ledger: { ...run.ledger, cases: run.ledger.cases.map(change) } };
}

describe('htmlReport', () => {
  let run: RunRecord;
  let page: string;
  before(async () => {
    run = await openRun(stored);
    page = await htmlReport(run);
  });

  it('holds no tag, attribute or link but its own, whatever the device sent', () => {
    for (const [whole, name = '', attributes = ''] of tagsOf(page)) {
      expect(known, whole).to.include(name.toLowerCase());
      for (const [, attribute = '', value = ''] of attributes.matchAll(/([^\s=]+)="([^"]*)"/g)) {
        expect(attribute, whole).not.to.match(/^(on|style|src$)/i);
        if (attribute === 'href')
          expect(value, whole).to.match(/^(#case-\d+|\.\/[\w.~%/-]+|https:\/\/github\.com\/\S+)$/);
      }
    }
    expect(page).to.contain('&#60;script&#62;alert(&#39;x&#39;)');
    expect(page).not.to.contain(hostile.script);
    expect(page).not.to.contain(hostile.attribute);
    expect(page).to.contain('user&#60;U+202E&#62;txt.exe');
    expect(Buffer.from(page).toString()).to.equal(page);
  });

  it('is looked at by a check that can fail', () => {
    const broken = tagsOf(page + hostile.script).map(([, name = '']) => name.toLowerCase());
    expect(broken.filter((name) => !known.includes(name))).to.deep.equal(['script', 'script', 'img']);
  });

  it('allows its own style and nothing else, and fetches nothing', () => {
    const [inline] = [...page.matchAll(/<style>([^]*?)<\/style>/g)].map(([, text = '']) => text);
    const hash = createHash('sha256')
      .update(inline ?? '')
      .digest('base64');
    expect(page).to.contain(
      `content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'"`,
    );
    expect(style).not.to.match(/url\(|@import|@font-face/);
  });

  it('shows every planned case with its verdict, and links to it', () => {
    for (const [index, { planned, verdict }] of run.ledger.cases.entries()) {
      expect(page)
        .to.contain(`id="case-${index + 1}"`)
        .and.to.contain(`href="#case-${index + 1}">${planned.case}<`);
      expect(page).to.match(new RegExp(`<tr class="${verdict.verdict}">\\s*<td>\\s*<a href="#case-${index + 1}"`));
    }
  });

  it('says what an assessor asks for', () => {
    const wanted = [
      '10 % of the plan',
      run.head,
      run.ledger.run.planHash,
      '1'.repeat(64),
      '2'.repeat(64),
      'SIGKILL sent to pid 4711',
    ];
    wanted.push(
      'block log entry 241',
      'picked-entry-gone',
      'matches the record',
      'No verdict in the record: 1 of 10',
      'The harness ended early',
    );
    wanted.push('bootproof replay runs/2026-11-20T22-14-05Z-7c1e --case', 'Kernel panic - not syncing');
    for (const text of wanted) expect(page).to.contain(text);
  });

  it('says so when a file was changed or is gone, and links to none that is gone', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'report-'));
    try {
      cpSync(stored, dir, { recursive: true });
      const files = join(dir, 'attachments/interrupted_boot-swap~1');
      writeFileSync(join(files, 'console.txt'), 'all is well');
      rmSync(join(files, '_.._img_src_x_'));
      const now = await htmlReport(await openRun(dir));
      expect(now).to.contain('changed since it was recorded').and.to.contain('>missing<');
      expect(now).not.to.contain('_.._img_src_x_"');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('shows nothing from outside of the run', async () => {
    const evil = changed(run, (one) => ({
      ...one,
      attachments: one.attachments.map((attachment) => ({ ...attachment, path: '../../../../../../../../etc/passwd' })),
    }));
    const now = await htmlReport(evil);
    expect(now).not.to.contain('root:x:');
    expect(now).not.to.match(/href="[^"]*passwd/);
  });

  it('stays small when there is much to say, and says how much it left out', async () => {
    const findings = Array.from({ length: 100_000 }, () => ({
      oracle: 6,
      code: 'mixture',
      severity: 'violation' as const,
      message: 'm'.repeat(500),
      details: { said: 'x'.repeat(100_000) },
      view: 'live' as const,
    }));
    const many = changed(run, (one) => ({ ...one, judged: one.judged.map((event) => ({ ...event, findings })) }));
    const now = await htmlReport(many);
    expect(now.length).to.be.lessThan(2_000_000);
    expect(now).to.contain('99900 more in the record');
  });
});

describe('lastLines', () => {
  it('keeps the last lines that say something, each bounded', () => {
    const text = Array.from({ length: 200 }, (_, n) => `line ${n}\r\n\r\n`).join('') + 'A'.repeat(5000);
    const lines = lastLines(text).split('\n');
    expect(lines).to.have.length(40);
    expect(lines.at(-2)).to.equal('line 199');
    expect(lines.at(-1)).to.match(/^A{400}…$/);
  });
});

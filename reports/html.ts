import { createHash } from 'node:crypto';
import type { RunRecord } from '../harness/record/run-record.ts';
import { caseFacts } from './case-facts.ts';
import { caseSection } from './html/case-section.ts';
import { caseTable, requirementTable } from './html/case-table.ts';
import { coverageTable } from './html/coverage-table.ts';
import { identity, overview } from './html/overview.ts';
import { style } from './html/style.ts';
import { Html, html } from './html/template.ts';
import type { StoredFile } from './html/transcript.ts';
import { storedFile } from './html/transcript.ts';
import { oneLine } from './printable.ts';

/**
 * One page without scripts: it opens from a file, asks for nothing, and links to files beside it. Its policy allows exactly its own
 * style sheet, so that markup which got past the escaping still could not run, load or send anything.
 */
export async function htmlReport(run: RunRecord): Promise<string> {
  const sections: Html[] = [];
  for (const [index, one] of run.ledger.cases.entries()) {
    const { consoles, otherAttachments } = caseFacts(one);
    const files: StoredFile[] = [];
    for (const attachment of consoles) files.push(await storedFile(run.dir, attachment, true));
    for (const attachment of otherAttachments) files.push(await storedFile(run.dir, attachment, false));
    sections.push(caseSection(one, index, files));
  }
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${new Html(policy)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>bootproof: ${oneLine(run.ledger.run.run, 80)}</title>
        ${new Html(`<style>${style}</style>`)}
      </head>
      <body>
        <main>
          ${overview(run)} ${caseTable(run.ledger.cases)} ${coverageTable(run.ledger)}
          ${requirementTable(run.ledger.cases)} ${identity(run)}
          <section>
            <h2>Details</h2>
            ${sections}
          </section>
          <footer>
            Computed from record.jsonl and the files it names; the same record gives the same page. Text from a device
            is shown without terminal control sequences, and with its other control characters made visible: the linked
            files hold the bytes.
          </footer>
        </main>
      </body>
    </html> `;
  return `${page.text.trim()}\n`;
}

import type { RunRecord } from '../harness/record/run-record.ts';
import { caseFacts } from './case-facts.ts';
import { caseSection } from './html/case-section.ts';
import { caseTable, requirementTable } from './html/case-table.ts';
import { coverageTable } from './html/coverage-table.ts';
import { identity, overview } from './html/overview.ts';
import { page } from './html/page.ts';
import { html, type Html } from './html/template.ts';
import { storedFile, type StoredFile } from './html/transcript.ts';

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
  return page(
    run.ledger.run.run,
    html`${overview(run)} ${caseTable(run.ledger.cases)} ${coverageTable(run.ledger)}
      ${requirementTable(run.ledger.cases)} ${identity(run)}
      <section>
        <h2>Details</h2>
        ${sections}
      </section>
      <footer>
        Computed from record.jsonl and the files it names; the same record gives the same page. Text from a device is
        shown without terminal control sequences, and with its other control characters made visible: the linked files
        hold the bytes.
      </footer>`,
  );
}

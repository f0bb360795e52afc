import { notCompliance } from '../../harness/record/about.ts';
import type { TracedRequirement } from './traced-requirement.ts';

/** A StrictDoc document (.sdoc), default grammar. */
export function strictDoc(requirements: readonly TracedRequirement[]): string {
  const parts = requirements.map(({ id, text, source, reason, scenarios }) => {
    const seenBy = scenarios.map((scenario) => `- ${scenario.id}: ${scenario.title}`).join('\n');
    return [
      '[REQUIREMENT]',
      `UID: ${oneWord(id)}`,
      field('STATEMENT', text),
      field('RATIONALE', source),
      field('COMMENT', reason === undefined ? `Scenarios:\n\n${seenBy}` : `No scenario: ${reason}`),
    ].join('\n');
  });
  return `${[`[DOCUMENT]\nTITLE: Requirements of bootproof`, `[TEXT]\n${field('STATEMENT', notCompliance)}`, ...parts].join('\n\n')}\n`;
}

/** Always in the form of several lines: a text that holds the end mark loses it. */
function field(name: string, text: string): string {
  return `${name}: >>>\n${text.replaceAll('<<<', '«')}\n<<<`;
}

function oneWord(id: string): string {
  return id.replace(/\s+/g, '_');
}

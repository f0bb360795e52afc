import { notCompliance } from '../../harness/record/about.ts';
import type { TracedRequirement } from './traced-requirement.ts';

/** needs.json of sphinx-needs, for `needimport`: requirements as `req`, scenarios as `test` that link to them. */
export function sphinxNeeds(requirements: readonly TracedRequirement[], version: string): string {
  const needs: Record<string, unknown> = {};
  for (const { id, text, source, reason, scenarios } of requirements) {
    const status = scenarios.length > 0 ? 'tested' : 'not tested';
    needs[id] = need(id, 'req', text, `${source}${reason === undefined ? '' : `. No scenario: ${reason}`}`, status, []);
    for (const scenario of scenarios) {
      const testId = `TEST-${scenario.id.toUpperCase().replace(/[^A-Z0-9]+/g, '-')}`;
      const known = needs[testId] as { links: string[] } | undefined;
      if (known) known.links.push(id);
      else needs[testId] = need(testId, 'test', scenario.title, `Scenario ${scenario.id}`, 'tested', [id]);
    }
  }
  const content = { comment: notCompliance, needs_amount: Object.keys(needs).length, needs };
  return `${JSON.stringify({ project: 'bootproof', current_version: version, versions: { [version]: content } }, null, 1)}\n`;
}

function need(id: string, type: string, title: string, content: string, status: string, links: string[]): unknown {
  return {
    id,
    type,
    title: title.length > 200 ? `${title.slice(0, 199)}…` : title,
    content,
    status,
    links,
    tags: ['bootproof'],
  };
}

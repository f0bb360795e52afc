import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { aboutOf, notCompliance } from '../../harness/record/about.ts';
import { exitCodeOf } from '../../harness/record/exit-code.ts';
import type { Ledger } from '../../harness/record/ledger.ts';
import { standingIn, standingText } from '../../harness/record/qualification-standing.ts';
import { imagesOf } from '../case-facts.ts';
import { caseSpans } from './case-spans.ts';
import { attributesOf, span, type SpanFacts } from './span.ts';

/**
 * A run as one trace: run > case > step and phase. Ids follow from the run's id, so that a report made again is the same trace. Names of
 * attributes are those of OpenTelemetry's semantic conventions where it has one (`test.*`, `vcs.*`, `error.type`), else `bootproof.*`.
 */
export function runSpans(ledger: Ledger): ReadableSpan[] {
  const { run, ended, cases } = ledger;
  const resource = resourceFromAttributes(
    attributesOf({
      'service.name': 'bootproof',
      'service.version': run.tool.version,
      'vcs.ref.head.revision': run.tool.commit,
    }),
  );
  const make = (facts: SpanFacts) => span(run.run, resource, run.tool.version, facts);
  const exit = exitCodeOf(ledger);
  const standing = standingIn(ledger);
  const code = ended?.exitCode ?? exit.code;
  const reason = ended?.reason ?? exit.reason;
  const root = make({
    name: `run ${run.profile}`,
    key: 'run',
    parent: undefined,
    startMs: Date.parse(run.at),
    endMs: Date.parse(ended?.at ?? ledger.lastAt),
    error: code === 1 || code === 3 ? reason : undefined,
    attributes: {
      'test.suite.name': run.profile,
      'test.suite.run.status': suiteStatus[code],
      'bootproof.run': run.run,
      'bootproof.seed': run.seed,
      'bootproof.plan.sha256': run.planHash,
      'bootproof.oracles.sha256': run.tool.oracles,
      'bootproof.exit_code': code,
      'bootproof.exit_reason': reason,
      'bootproof.ended_early': ended === undefined,
      'bootproof.benches': Object.keys(run.benches),
      'bootproof.about': aboutOf(ledger).text,
      'bootproof.not_compliance': notCompliance,
      'bootproof.qualification.standing': standing?.status,
      'bootproof.qualification': standing && standingText(standing),
      ...Object.fromEntries(Object.entries(ledger.counts).map(([kind, n]) => [`bootproof.cases.${kind}`, n])),
      'bootproof.images': imagesOf(ledger).map(({ name, digest }) => `${name} ${digest ?? 'without digest'}`),
    },
  });
  return [root, ...cases.flatMap((one) => caseSpans(one, root, make))];
}

/** By exit code; what else there is has no word in the semantic conventions. */
const suiteStatus: Readonly<Record<number, string>> = { 0: 'success', 1: 'failure', 3: 'failure', 4: 'aborted' };

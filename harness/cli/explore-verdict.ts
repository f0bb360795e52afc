import type { Exploration } from '../explore/exploration.ts';
import type { Verdict } from '../run/verdict.ts';
import type { ReportedClass } from './explore-report.ts';
import type { SampledBoot, SecondOrder } from './explore-samples.ts';

/** A mismatch between prediction and boot is a defect of the explorer, as is a pruned state that the full judgement puts elsewhere. */
export function verdictOf({
  exploration: { disagreements },
  classes,
  finished,
  sampled,
  second,
}: {
  readonly exploration: Pick<Exploration, 'disagreements'>;
  readonly classes: readonly ReportedClass[];
  readonly finished: boolean;
  readonly sampled: readonly SampledBoot[];
  readonly second: readonly SecondOrder[];
}): Verdict {
  const failing = classes.filter(({ sound }) => !sound);
  const findingCodes = [...new Set(failing.flatMap(({ findings }) => findings.map(({ code }) => code)))];
  const mispredicted = classes.find(({ boots, booted }) => booted && booted.boots !== boots);
  const otherwise = [...sampled, ...second].find(({ predicted, booted }) => booted.boots !== predicted);
  if (otherwise)
    return {
      verdict: 'broken',
      blame: 'harness',
      code: 'prediction-wrong',
      reason: `predicted to boot ${otherwise.predicted}, booted ${otherwise.booted.boots}: state ${otherwise.state}`,
      findingCodes,
    };
  if (mispredicted)
    return {
      verdict: 'broken',
      blame: 'harness',
      code: 'prediction-wrong',
      reason: `predicted to boot ${mispredicted.boots}, booted ${mispredicted.booted!.boots}: state ${mispredicted.state}`,
      findingCodes,
    };
  if (disagreements.length > 0)
    return {
      verdict: 'broken',
      blame: 'harness',
      code: 'pruned-wrongly',
      reason: `${disagreements.length} pruned states are of another class when judged in full`,
      findingCodes,
    };
  const states = failing.reduce((all, one) => all + one.states, 0);
  if (states > 0)
    return {
      verdict: 'failed',
      blame: 'product',
      code: 'crash-state-unsound',
      reason: `${states} crash ${states === 1 ? 'state is' : 'states are'} neither old nor new, whole; the smallest: ${failing[0]!.state}`,
      findingCodes,
    };
  const lost = second.find(({ failing }) => failing.length > 0);
  if (lost)
    return {
      verdict: 'failed',
      blame: 'product',
      code: 'recovery-state-unsound',
      reason: `a cut during the recovery from ${lost.state} can leave what is neither old nor new: ${lost.failing[0]!.name}`,
      findingCodes,
    };
  const stuck = second.find(({ again }) => again && again.codes.length > 0);
  if (stuck)
    return {
      verdict: 'failed',
      blame: 'product',
      code: 'update-not-idempotent',
      reason: `the update begun again from ${stuck.state} ended with ${stuck.again!.codes.join(', ')}`,
      findingCodes: [...new Set([...findingCodes, ...stuck.again!.codes])],
    };
  if (!finished || second.some((one) => !one.finished))
    return { verdict: 'aborted', blame: 'human', code: 'unfinished', reason: 'ended before its end', findingCodes };
  return { verdict: 'passed', reason: '', findingCodes };
}

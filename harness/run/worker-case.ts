import { Deadline } from '../device/deadline.ts';
import { InternalError } from '../errors/harness-error.ts';
import type { Finding } from '../judge/finding.ts';
import type { AttachmentStore } from '../record/attachment.ts';
import { DeviceAssertionError } from '../scenario/device-assertion-error.ts';
import { loadScenarioFile } from '../scenario/scenario-files.ts';
import { runInSuite } from '../scenario/suite.ts';
import type { CaseFactory, CaseRequest, OpenCase } from './case.ts';
import { caseErrorOf, type CaseError } from './case-error.ts';
import { plainVerdict } from './verdict.ts';
import type { CaseOrder, CaseResult } from './worker-messages.ts';

export interface CaseSurroundings extends Pick<CaseRequest, 'emit' | 'watch'> {
  readonly factory: CaseFactory;
  readonly attachments: AttachmentStore;
  readonly abort: AbortSignal;
  /** Resolves when the person who wanted the device is done with it. */
  readonly hold: () => Promise<void>;
}

/** Opens, runs and closes one case. Never throws: what went wrong is in the result. After an error of kind `timeout` the body may still run. */
export async function runCase(order: CaseOrder, around: CaseSurroundings): Promise<CaseResult> {
  const startedMs = performance.now();
  let open: OpenCase | undefined;
  let request: CaseRequest | undefined;
  const asserted: Finding[] = [];
  const body = async () => {
    const scenario = (await loadScenarioFile(order.file)).find(({ spec }) => spec.id === order.scenario);
    if (!scenario)
      throw new InternalError(`Not in ${order.file}: scenario ${order.scenario}`, { code: 'scenario-vanished' });
    const deadline = new Deadline(`case ${order.planned.case}`, order.budgetMs, around.abort, order.timeFactor);
    request = {
      case: order.planned,
      spec: scenario.spec,
      seed: order.seed,
      deadline,
      emit: around.emit,
      attachments: around.attachments,
      watch: around.watch,
    };
    open = await around.factory.open(request);
    await scenario.body(open.context);
  };
  const ended = await runInSuite(order.planned.case, body, order.budgetMs + order.backstopMs);
  let error: CaseError | undefined;
  if (ended.ended === 'timed-out') error = backstopError(order, ended.budgetMs);
  if (ended.ended === 'threw') {
    error = caseErrorOf(ended.error);
    if (ended.error instanceof DeviceAssertionError) asserted.push(...ended.error.findings);
  }
  const findings = () => union(open?.findings() ?? [], asserted);
  try {
    if (order.hold && open && ended.ended !== 'timed-out') await around.hold();
    if (ended.ended !== 'timed-out') await open?.close(plainVerdict({ findings: findings(), error }));
  } catch (closing) {
    error ??= caseErrorOf(closing);
  }
  const isWanted = order.planned.negative?.verdict === 'broken';
  if (request && error?.kind === 'bench' && error.details['benchUsable'] !== true && !isWanted)
    error = await afterProof(error, request, around);
  return { findings: findings(), error, durationMs: performance.now() - startedMs };
}

const proofMs = 400_000;

/** A bench that failed is out, unless a known-good image boots on it: then what failed was the case's, and it is told so. */
async function afterProof(
  error: CaseError,
  request: CaseRequest,
  { factory, abort }: CaseSurroundings,
): Promise<CaseError> {
  const factor = request.deadline.timeFactor;
  const deadline = new Deadline('the proof that the bench is good', proofMs * factor, abort, factor);
  try {
    await factory.proveBench({ ...request, deadline });
  } catch {
    return error; // why stands in the record, as the failed step of the proof
  }
  return { ...error, details: { ...error.details, benchUsable: true } };
}

function backstopError(order: CaseOrder, budgetMs: number): CaseError {
  const message = `Did not end within ${Math.round(budgetMs / 1000)} s, nor by its own deadlines: case ${order.planned.case}`;
  return { kind: 'timeout', blame: 'harness', code: 'case-timeout', message, details: {} };
}

/** An outcome that a scenario asserts on is one of the case's own, as a rule. */
function union(findings: readonly Finding[], more: readonly Finding[]): Finding[] {
  const known = new Set(findings.map((finding) => JSON.stringify(finding)));
  return [...findings, ...more.filter((finding) => !known.has(JSON.stringify(finding)))];
}

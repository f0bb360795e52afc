import { Stage, Status } from 'allure-js-commons';
import type { ReporterRuntime } from 'allure-js-commons/sdk/reporter';
import type { EventOf } from '../../harness/record/event.ts';
import { oneLine } from '../printable.ts';

const statuses = { passed: Status.PASSED, failed: Status.FAILED, broken: Status.BROKEN } as const;

export function addSteps(runtime: ReporterRuntime, test: string, steps: readonly EventOf<'step'>[]): void {
  for (const step of steps) {
    const asked = Date.parse(step.startedAt);
    const start = Number.isNaN(asked) ? Date.parse(step.at) - step.durationMs : asked;
    const uuid = runtime.startStep(test, undefined, {
      name: oneLine(step.name),
      status: statuses[step.status],
      stage: Stage.FINISHED,
      start,
    });
    if (uuid !== undefined) runtime.stopStep(uuid, { stop: start + step.durationMs });
  }
}

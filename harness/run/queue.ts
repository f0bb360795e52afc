import type { PlanItem } from './plan.ts';

/** The cases still to be run, in the order of the plan. What was taken never comes back: no case is run twice. */
export class CaseQueue {
  readonly #waiting: PlanItem[];

  constructor(items: readonly PlanItem[]) {
    this.#waiting = [...items];
  }

  /** The first case that this bench can run. */
  take(bench: string): PlanItem | undefined {
    const index = this.#waiting.findIndex(({ benches }) => benches.includes(bench));
    return index < 0 ? undefined : this.#waiting.splice(index, 1)[0];
  }

  has(bench: string): boolean {
    return this.#waiting.some(({ benches }) => benches.includes(bench));
  }

  /** All that is left, taken out. */
  drain(): PlanItem[] {
    return this.#waiting.splice(0);
  }
}

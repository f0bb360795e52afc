/** Called as a step of a build begins and as it ends; `cached`: there is nothing to build. */
export type OnStep = (name: string, state: 'begin' | 'end' | 'cached', durationMs: number) => void;

export interface BuildOptions {
  readonly onStep: OnStep;
  /** Build again although the cache has it. */
  readonly force?: boolean;
}

/** Does one step of a build, and tells it. */
export type Step = <T>(name: string, body: () => Promise<T>) => Promise<T>;

/** `prefix`: before the name of each step. */
export function stepper(onStep: OnStep, prefix = ''): Step {
  return async (name, body) => {
    const start = performance.now();
    onStep(`${prefix}${name}`, 'begin', 0);
    const result = await body();
    onStep(`${prefix}${name}`, 'end', performance.now() - start);
    return result;
  };
}

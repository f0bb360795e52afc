import { caseErrorOf } from './case-error.ts';
import type { CaseFactory, CaseRequest } from './case.ts';

/**
 * Puts into the record of each case what the bench says of itself: means of power, latencies, interruptions of the console, the storage that a
 * verdict holds for. A note of kind `bench`, written when the case ends, however it ends.
 */
export function notingBench(factory: CaseFactory, describe: () => Promise<Record<string, unknown>>): CaseFactory {
  const note = async ({ emit, case: planned }: CaseRequest): Promise<void> => {
    const data = await describe().catch((error: unknown) => ({ notDescribed: caseErrorOf(error).message }));
    emit({ event: 'note', case: planned.case, kind: 'bench', data });
  };
  return {
    ...factory,
    open: async (request) => {
      try {
        const open = await factory.open(request);
        return { ...open, close: (verdict) => note(request).finally(() => open.close(verdict)) };
      } catch (error) {
        await note(request);
        throw error;
      }
    },
  };
}

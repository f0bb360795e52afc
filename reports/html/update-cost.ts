import type { CaseFacts } from '../case-facts.ts';

/** What the updates of a case cost, a term and its text each: what the server sent, and what a recorded one wrote, by phase. */
export function updateCost({ costs, writes }: Pick<CaseFacts, 'costs' | 'writes'>): [term: string, text: string][] {
  const served = costs
    .filter(({ requests }) => requests > 0)
    .map(({ transition, requests, pulledBytes, layers }): [string, string] => {
      const parts = [`${transition}: ${size(pulledBytes)} in ${requests} requests`];
      if (layers) parts.push(`${layers.fetched} of ${layers.fetched + layers.reused} layers fetched`);
      return ['Pulled', parts.join(', ')];
    });
  const written = writes.map(({ writtenBytes, flushes, phases }): [string, string] => {
    const by = Object.entries(phases).map(([phase, sums]) => `${phase} ${size(sums.writtenBytes)}/${sums.flushes}`);
    return ['Written (bytes/flushes)', [`${size(writtenBytes)}/${flushes} recorded`, ...by].join(', ')];
  });
  return [...served, ...written];
}

/** `0.4 MiB`; what is not nothing is never shown as nothing. */
function size(bytes: number): string {
  const mebibytes = bytes / 1024 ** 2;
  return bytes > 0 && mebibytes < 0.05 ? '< 0.1 MiB' : `${mebibytes.toFixed(1)} MiB`;
}

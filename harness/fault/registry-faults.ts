import type { Fault } from '../scenario/api.ts';
import { badImages, type RegistryFailure } from '../update/registry-fault.ts';

/** Failures that are over before anything is pulled. */
const atResolve: ReadonlySet<RegistryFailure> = new Set<RegistryFailure>([
  'no-credentials',
  'credentials-refused',
  'unknown-ca',
  'registry-down',
  ...badImages,
]);

/** The registry that the device updates from, or the way to it, fails in this way. Only for a client that uses one. */
export function registryFails(registry: RegistryFailure): Fault {
  return { kind: 'registry', at: atResolve.has(registry) ? 'resolve' : 'pull', registry };
}

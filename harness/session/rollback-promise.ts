import { CapabilityError, ProductError } from '../errors/harness-error.ts';
import type { SessionImage } from './image-source.ts';

/**
 * Asked before a device is updated to an image that never gets healthy. An image that promises to come back by itself and declares nothing that
 * could do it has failed already: waiting for a device that stays away would show no more, and leaving the case out would hide it.
 * @throws ProductError `rollback-promised-none`; CapabilityError `no-automatic-rollback` where nothing is promised either.
 */
export function checkRollbackPromise({
  name,
  rollback,
  unhealthy,
  promisesRollback = true,
}: Pick<SessionImage, 'name' | 'rollback' | 'unhealthy' | 'promisesRollback'>): void {
  if (unhealthy === undefined || rollback !== 'none') return;
  if (promisesRollback) {
    throw new ProductError(`Promises an automatic rollback and declares no boot counter: image ${name}`, {
      code: 'rollback-promised-none',
      hint: 'declare the boot counter as `rollback`, or say `promisesRollback: false`',
    });
  }
  throw new CapabilityError(`Promises no automatic rollback: image ${name}`, {
    code: 'no-automatic-rollback',
    hint: 'an update to it would never come back',
  });
}

import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InternalError } from '../errors/harness-error.ts';
import { observeLive } from '../observe/live/observe.ts';
import type { Observation } from '../observe/observation.ts';
import { controlOf, withoutLocal, type Control } from './control-run.ts';
import { identityInjection, makeIdentity } from './identity.ts';
import type { SessionImage } from './image-source.ts';
import { RunningDevice } from './running-device.ts';
import type { SessionEnvironment } from './session-environment.ts';
import type { SessionImages } from './session-images.ts';
import { limitOf } from './step-limits.ts';
import type { Steps } from './steps.ts';

/** The control runs of a case: made before its own device is provisioned, on the same bench. */
export class ControlBoots {
  constructor(
    private readonly environment: SessionEnvironment,
    private readonly images: SessionImages,
    private readonly steps: Steps,
  ) {}

  /** What this image's own boots do, as it was measured. */
  async of(measured: SessionImage): Promise<Control> {
    const { images, request } = this.environment;
    const image = await this.#measurable(measured);
    if (image.unhealthy !== undefined) return { etcWritten: [], varWritten: [], failedUnits: [], kernelProblems: [] };
    const control = await controlOf(image, images.cache, request.deadline, () => {
      throw new InternalError(`No control run of ${image.name} before its first transition`, { code: 'no-control' });
    });
    // The identity is left out where it is measured; in a transient /etc all of it is put there at every boot.
    return image.etcPolicy === 'transient' ? control : withoutLocal(control, this.environment.accessPaths());
  }

  /** Before the case's own device is provisioned: the control runs of the images that it may end in, so that a judge never waits for a device. */
  async prepare(names: readonly string[]): Promise<void> {
    const { images, request, target } = this.environment;
    // Benches begin at different images, so that two of them do not wait for one.
    const first = (target.name.codePointAt(target.name.length - 1) ?? 0) % Math.max(1, names.length);
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const image = await this.#measurable(await this.images.named(name));
      if (image.unhealthy !== undefined) continue;
      await controlOf(image, images.cache, request.deadline, () =>
        this.steps.run(`control run of ${image.name}`, () => this.#boot(image)),
      );
    }
  }

  /** A broken copy's own boots would excuse what is broken. */
  async #measurable(image: SessionImage): Promise<SessionImage> {
    return image.twin === undefined ? image : this.images.named(image.twin);
  }

  async #boot(image: SessionImage): Promise<Observation> {
    const { target, images, request, scratch } = this.environment;
    const limit = limitOf(request.deadline);
    const identity = makeIdentity(target.name);
    const inject = identityInjection(identity, await readFile(images.repository.trustedKey), images.stateroot, [
      image.commit,
    ]);
    await target.provision({ disk: await images.disk([image.name]), identity, inject }, limit('provision'));
    const device = new RunningDevice(target, await mkdtemp(join(scratch, 'console-')), request.watch);
    try {
      const { shell } = await device.powerOn(limit('boot'));
      return await observeLive(shell, { deadline: limit('observe') });
    } finally {
      await device.close();
      await target.power.off(request.deadline);
    }
  }
}

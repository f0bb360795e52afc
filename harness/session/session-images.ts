import { CapabilityError, ProductError } from '../errors/harness-error.ts';
import type { Manifest } from '../observe/observation.ts';
import type { ImageSource, SessionImage } from './image-source.ts';

/** The images of the set in use, each loaded when it is first asked for. */
export class SessionImages {
  readonly #known = new Map<string, SessionImage>();

  constructor(private readonly source: ImageSource) {}

  /** @throws CapabilityError `no-such-image`. */
  async named(name: string): Promise<SessionImage> {
    if (!this.source.names.includes(name)) throw notInSet(name, this.source.names);
    const known = this.#known.get(name) ?? (await this.source.image(name));
    this.#known.set(name, known);
    return known;
  }

  /** @throws ProductError `unknown-deployment`: the device has something that nobody gave it. */
  async ofCommit(checksum: string | undefined): Promise<SessionImage> {
    for (const name of this.source.names) {
      const image = await this.named(name);
      if (image.commit === checksum) return image;
    }
    throw new ProductError(`No image of the set has this commit: ${checksum ?? 'none'}`, {
      code: 'unknown-deployment',
    });
  }

  /** By commit: several images may say that they are the same version. */
  async names(): Promise<ReadonlyMap<string, string>> {
    const entries = this.source.names.map(async (name) => [(await this.named(name)).commit, name] as const);
    return new Map(await Promise.all(entries));
  }

  /** What /usr of each commit holds, for a comparison that cannot wait. */
  async expectedUsr(): Promise<(checksum: string) => Manifest | undefined> {
    const usr = new Map<string, Manifest>();
    for (const name of this.source.names) {
      const { commit, usr: manifest } = await this.named(name);
      usr.set(commit, manifest);
    }
    return (checksum) => usr.get(checksum);
  }
}

export function notInSet(name: string, names: readonly string[]): CapabilityError {
  return new CapabilityError(`Not in the image set: image ${name}`, {
    code: 'no-such-image',
    hint: `it has ${names.join(', ')}`,
  });
}

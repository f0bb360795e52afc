import type { Capability } from '../device/capability.ts';
import type { BenchFile } from '../bench-file/schema.ts';

/** One bench as the plan sees it, before anything is switched on. Plain data. */
export interface Bench {
  /** `qemu-a`. */
  readonly name: string;
  /** The bench file that it comes from. */
  readonly file: BenchFile;
  readonly capabilities: readonly Capability[];
  readonly lossModel: string;
}

/** What bench files expect and their benches do not offer: the run ends with exit code 3. */
export function lackingOf(benches: readonly Bench[]): { bench: string; capability: Capability }[] {
  return benches.flatMap(({ name, file, capabilities }) =>
    file.expects
      .filter((capability) => !capabilities.includes(capability))
      .map((capability) => ({ bench: name, capability })),
  );
}

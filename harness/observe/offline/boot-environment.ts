/** What a boot loader keeps between boots. */
export interface BootEnvironment {
  /** True: whole, and as its own tools write it. */
  readonly valid: boolean;
  /** What the boot loader would see: {} where it takes nothing of a block that is not whole. */
  readonly variables: Record<string, string>;
}

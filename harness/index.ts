/** What a scenario may import, and nothing else. */
export { scenario } from './scenario/scenario.ts';
export { expect } from './scenario/words.ts';
export { treeChanges } from './scenario/tree-changes.ts';
export {
  clientKill,
  corruptObject,
  diskFull,
  networkDown,
  powerCut,
  repositoryGone,
  reset,
  wrongSeal,
  wrongSignature,
} from './fault/faults.ts';
export { registryFails } from './fault/registry-faults.ts';
export type {
  Device,
  Fault,
  ImageRef,
  Phase,
  ScenarioContext,
  ScenarioSpec,
  TransitionOutcome,
} from './scenario/api.ts';

import type { BootState, Manifest, SystemView } from '../observe/observation.ts';

/** One view of a crash state, its parts shared with other states that read the same. */
export interface ObservedView {
  readonly boot: BootState;
  readonly deployments: SystemView['deployments'];
}

/** What a booted deployment would find. */
export interface ObservedContent {
  readonly usr: SystemView['usr'] | undefined;
  readonly etc: Manifest | undefined;
  readonly canaries: Manifest | undefined;
}

/** A crash state as both views see it. */
export interface ObservedState {
  readonly firmware: ObservedView;
  readonly kernel: ObservedView;
  /** Of the deployment that the kernel's view picks. */
  readonly content: ObservedContent | undefined;
  /** Of the deployment that would really boot, where that is another one. */
  readonly bootedContent: ObservedContent | undefined;
  /** The deployment that the firmware's choice leads to after replay; null: nowhere. */
  readonly pickedResolvesTo: string | null;
  /** Damage in the kernel's view, a line each. */
  readonly damage: readonly string[];
}

/** The disk cannot be read at all in one view: the device stops there. */
export interface UnreadableState {
  readonly unreadable: 'firmware' | 'kernel';
  readonly why: string;
}

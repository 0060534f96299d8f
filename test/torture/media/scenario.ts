/** What is done to a call, and what is measured of it. */
import type { MediaStage } from './stage.ts';

export interface Figures {
  /** Lines of the picture after, by those before. */
  readonly heightKept?: number;
  /** Frames and bits a second of that picture after, by those before. */
  readonly framesKept?: number;
  readonly bitsKept?: number;
  /** From each change of a slide until it was seen, and how alike the text is at the end. */
  readonly slideMs?: readonly number[];
  readonly likeness?: number;
  /** Silence after each change of the network. */
  readonly backMs?: readonly number[];
  /** How often a page said that its connection was interrupted, while sound and picture came. */
  readonly banners?: number;
  /** Devices that were open before a reload, and those that are open after it though they were not. */
  readonly opened?: number;
  readonly reopened?: number;
  /** Restarts of ICE that nothing called for. */
  readonly restarts?: number;
}
export type Figure = keyof Figures;

export interface Scenario {
  readonly name: string;
  /** Without these it has shown nothing. */
  readonly measures: readonly Figure[];
  readonly play: (stage: MediaStage) => Promise<Figures>;
  /** Why it is not played in Firefox. */
  readonly notInFirefox?: string;
}

/** What is received so long after what was done is what the rest of the call is like. */
export const settleMs = 5_000;

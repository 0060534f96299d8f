import type { Instant } from '../../domain/kernel/ids.ts';

/** The time that rules of calls use: that of the store, so that all nodes agree. */
export interface Clock {
  /** Milliseconds since 1970. Never goes back within a process. */
  now(): Instant;
}

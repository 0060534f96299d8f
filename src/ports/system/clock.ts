import type { Instant } from '../../domain/kernel/ids.ts';

/** The time that rules of calls use: that of the store, so that all nodes agree. */
export interface Clock {
  /** Milliseconds since 1970. A step back of less than a second is absorbed; a longer one of the store is not. */
  now(): Instant;
}

import type { Instant } from '../call/ids.ts';

export interface Clock {
  now(): Instant;
}

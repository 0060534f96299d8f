import type { Instant } from '../../domain/kernel/ids.ts';

export interface Clock {
  now(): Instant;
}

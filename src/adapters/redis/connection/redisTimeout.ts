import { CallError } from '../../../domain/kernel/errors.ts';
import { within } from '../../../support/deadline.ts';

/** The answer of Redis; `unavailable` after `limitMs`. */
export function withRedisTimeout<T>(limitMs: number, work: Promise<T>): Promise<T> {
  return within(limitMs, work, () => {
    throw new CallError('unavailable');
  });
}

import { CallError } from '../../../domain/kernel/errors.ts';
import { within } from '../../../support/deadline.ts';

/** What Redis answers; `unavailable` when it has not within `limitMs`. */
export function answered<T>(limitMs: number, work: Promise<T>): Promise<T> {
  return within(limitMs, work, () => {
    throw new CallError('unavailable');
  });
}

/** How often is too often, for every edge. Counts live in the memory of this process and nowhere else. */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { CallError } from '../domain/kernel/errors.ts';

/** Twice the sustained rate may come in a burst: joining a large call makes many `ready`s at once. */
const burstSeconds = 2;

export function sustained(perSecond: number): RateLimiterMemory {
  return new RateLimiterMemory({ points: perSecond * burstSeconds, duration: burstSeconds });
}

/** Throws `too_many_requests`, which says for how long to wait. */
export async function spend(limiter: RateLimiterMemory, key: string | number, points = 1): Promise<void> {
  try {
    await limiter.consume(key, points);
  } catch (reason) {
    if (!(reason instanceof RateLimiterRes)) throw reason;
    throw new CallError('too_many_requests', { retryAfterMs: reason.msBeforeNext });
  }
}

/** Rate limits of every edge. Counts live only in the memory of this process. */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { CallError } from '../domain/kernel/errors.ts';

/** A burst may reach twice the sustained rate: joining a large call sends many `ready` requests at once. */
const burstSeconds = 2;

export function sustained(perSecond: number): RateLimiterMemory {
  return new RateLimiterMemory({ points: perSecond * burstSeconds, duration: burstSeconds });
}

/** Throws `too_many_requests` with the time to wait. */
export async function spend(limiter: RateLimiterMemory, key: string | number, points = 1): Promise<void> {
  try {
    await limiter.consume(key, points);
  } catch (reason) {
    if (!(reason instanceof RateLimiterRes)) throw reason;
    throw new CallError('too_many_requests', { retryAfterMs: reason.msBeforeNext });
  }
}

/** A start that leaves nothing behind when it fails, and that waits for a Redis which is slow or comes later. */
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError } from '../../../config/load.ts';
import { environmentName } from '../../../config/schema.ts';
import { faultOf } from '../../adapters/redis/connection/faults.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import { OncePerCause } from '../../observability/oncePerCause.ts';
import type { Log } from '../../ports/system/log.ts';

/** What stops what has been started, first things first: it is done in the opposite order. */
export type Undo = (() => Promise<void> | void)[];

export interface Patience {
  readonly log: Log;
  /** Told when the process is to stop before it has started. */
  readonly stopping?: AbortSignal | undefined;
  /** A whole machine may be starting, Redis with it. */
  readonly forMs?: number;
}

const againAfterMs = 500;
/** To find out that Redis is away takes less. */
const longAttemptMs = 15_000;

/**
 * Rejects with `ConfigError` when Redis has not been reached for `forMs`, with an `AbortError` when it is to stop, and at
 * once with anything else that is wrong.
 */
export async function startPatiently<T>(
  start: (undo: Undo) => Promise<T>,
  { log, stopping, forMs = 20_000 }: Patience,
): Promise<T> {
  let giveUpAt = performance.now() + forMs;
  const told = new OncePerCause(log);
  for (;;) {
    const beganAt = performance.now();
    const undo: Undo = [];
    try {
      return await start(undo);
    } catch (error) {
      // Told in the log; what kept it from starting is what counts.
      await undone(undo, log).catch(() => undefined);
      const fault = faultOf(error);
      if (fault?.isFinal === true) throw new ConfigError([`${environmentName('redisUrl')}: ${fault.words}`]);
      if (!(error instanceof CallError) || error.code !== 'unavailable') throw error;
      // An attempt that took long had reached Redis, and waited for something else.
      const now = performance.now();
      if (now - beganAt > longAttemptMs) giveUpAt = now + forMs;
      if (now > giveUpAt) {
        if (fault !== undefined) throw new ConfigError([`${environmentName('redisUrl')}: ${fault.words}`]);
        throw new ConfigError([
          `${environmentName('redisUrl')}: Redis cannot be reached there; start it, or name another`,
        ]);
      }
      // A stack adds nothing to a cause that is known.
      if (fault === undefined) told.failed('a start', 'Redis cannot be reached yet; it is tried again', { error });
      else told.failed('a start', `Redis cannot be reached yet (${fault.words}); it is tried again`);
      await delay(againAfterMs, undefined, { signal: stopping });
    }
  }
}

/** A step that fails keeps no other from its turn. Rejects with an `AggregateError` when there was one. */
export async function undone(undo: Undo, log: Log): Promise<void> {
  const failures: unknown[] = [];
  for (const step of undo.reverse()) {
    try {
      await step();
    } catch (error) {
      log.warn('a part of this process could not be stopped', { error });
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'Not every part of this process could be stopped.');
}

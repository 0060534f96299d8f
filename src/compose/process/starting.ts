/** A start that cleans up if it fails, and waits for a Redis that is slow or starts later. */
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError } from '../../../config/load.ts';
import { environmentName } from '../../../config/schema.ts';
import { faultOf } from '../../adapters/redis/connection/operatorMessages.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import { OncePerCause } from '../../observability/oncePerCause.ts';
import type { Log } from '../../ports/system/log.ts';

/** Stops what was started. Steps are listed in the order of the start, and run in the opposite order. */
export type Undo = (() => Promise<void> | void)[];

export interface Patience {
  readonly log: Log;
  /** Aborted if the process is to stop before it has started. */
  readonly stopping?: AbortSignal | undefined;
  /** The whole machine may be starting, Redis with it. */
  readonly forMs?: number;
}

const againAfterMs = 500;
/** Detecting that Redis is away takes less. */
const longAttemptMs = 15_000;

/**
 * Rejects with `ConfigError` if Redis was not reached within `forMs`, with an `AbortError` if it must stop, and at once
 * with any other error.
 */
export async function startPatiently<T>(
  start: (undo: Undo) => Promise<T>,
  { log, stopping, forMs = 20_000 }: Patience,
): Promise<T> {
  let giveUpAt = performance.now() + forMs;
  const faults = new OncePerCause(log);
  for (;;) {
    const beganAt = performance.now();
    const undo: Undo = [];
    try {
      return await start(undo);
    } catch (error) {
      // Failures of the clean-up are logged; the cause of the failed start counts.
      await undone(undo, log).catch(() => undefined);
      const fault = faultOf(error);
      if (fault?.isFinal === true) throw new ConfigError([`${environmentName('redisUrl')}: ${fault.words}`]);
      if (!(error instanceof CallError) || error.code !== 'unavailable') throw error;
      // A long attempt did reach Redis, and waited for something else.
      const now = performance.now();
      if (now - beganAt > longAttemptMs) giveUpAt = now + forMs;
      if (now > giveUpAt) {
        if (fault !== undefined) throw new ConfigError([`${environmentName('redisUrl')}: ${fault.words}`]);
        throw new ConfigError([
          `${environmentName('redisUrl')}: Redis cannot be reached there: start it, or set another URL`,
        ]);
      }
      // If the cause is known, a stack adds nothing.
      if (fault === undefined) faults.failed('a start', 'Redis cannot be reached yet: it is tried again', { error });
      else faults.failed('a start', `Redis cannot be reached yet (${fault.words}): it is tried again`);
      await delay(againAfterMs, undefined, { signal: stopping });
    }
  }
}

/** Runs all steps even if some fail; rejects with an `AggregateError` then. */
export async function undone(undo: Undo, log: Log): Promise<void> {
  const failures: unknown[] = [];
  for (const step of undo.reverse()) {
    try {
      await step();
    } catch (error) {
      log.warn('failed to stop a part of this process', { error });
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'Some parts of this process could not be stopped.');
}

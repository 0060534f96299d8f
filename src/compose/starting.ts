/** A start that leaves nothing behind when it fails, and that waits for a Redis which is slow or comes later. */
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError } from '../../config/load.ts';
import { environmentName } from '../../config/schema.ts';
import { CallError } from '../call/errors.ts';
import type { Log } from '../ports/log.ts';

/** What stops what has been started, first things first: it is done in the opposite order. */
export type Undo = (() => Promise<void> | void)[];

/** A whole machine may be starting, Redis with it. */
const patienceMs = 20_000;
const againAfterMs = 500;

/** Rejects with `ConfigError` when Redis has not been reached for `forMs`, and at once with anything else that is wrong. */
export async function startPatiently<T>(start: (undo: Undo) => Promise<T>, log: Log, forMs = patienceMs): Promise<T> {
  const giveUpAt = performance.now() + forMs;
  for (;;) {
    const undo: Undo = [];
    try {
      return await start(undo);
    } catch (error) {
      await undone(undo);
      if (!(error instanceof CallError) || error.code !== 'unavailable') throw error;
      if (performance.now() > giveUpAt) {
        throw new ConfigError([
          `${environmentName('redisUrl')}: Redis cannot be reached there; start it, or name another`,
        ]);
      }
      log.warn('Redis cannot be reached yet; the start is tried again', { error });
      await delay(againAfterMs);
    }
  }
}

export async function undone(undo: Undo): Promise<void> {
  for (const step of undo.reverse()) await step();
}

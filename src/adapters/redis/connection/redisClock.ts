/**
 * The store's clock, shared by all processes: none trusts another machine's. Between measurements it follows this
 * process's monotonic clock, so that it neither jumps with this machine's time nor stops while Redis is away.
 */
import * as z from 'zod';
import type { Instant } from '../../../domain/kernel/ids.ts';
import type { Clock } from '../../../ports/system/clock.ts';
import type { RedisConnection } from './connection.ts';
import { parsed } from '../schema/values.ts';

export interface RedisClockOptions {
  /** Runs `TIME`, which returns seconds and microseconds. */
  readonly readTime: () => Promise<unknown>;
  readonly onReconnect?: (listener: () => void) => void;
  readonly refreshEveryMs?: number;
  /** Monotonic milliseconds. */
  readonly ticks?: () => number;
}

/** Quartz clocks drift some 50 µs in this time. */
const defaultRefreshEveryMs = 5_000;
/**
 * The time may have been read at any moment of a round trip, so that an offset is wrong by half of one at most. Of several
 * answers the quickest tells most. Where all of them were slow, as on a starved machine, more are asked for.
 */
const fewestSamples = 3;
const maxSamples = 12;
/** The clock is then wrong by half of this at most. */
const goodRoundTripMs = 10;
/** A smaller step back is absorbed by standing still; a larger one means another server, or a corrected time. */
const standStillMs = 1_000;

const timeReply = z.tuple([z.coerce.number(), z.coerce.number()]);

export class RedisClock implements Clock {
  readonly #readTime: () => Promise<unknown>;
  readonly #ticks: () => number;
  readonly #refreshing: NodeJS.Timeout;
  #offsetMs = 0;
  #last: Instant = 0;
  #measurements = 0;
  #running = 0;

  private constructor(options: RedisClockOptions) {
    const { readTime, refreshEveryMs = defaultRefreshEveryMs, ticks } = options;
    this.#readTime = readTime;
    this.#ticks = ticks ?? (() => performance.now());
    const refresh = (): void => {
      // While Redis is away, the clock runs on from the last measurement.
      this.measure().catch(() => undefined);
    };
    this.#refreshing = setInterval(() => {
      if (this.#running === 0) refresh();
    }, refreshEveryMs);
    this.#refreshing.unref();
    // It may be a different server now: what is under way measures the one before.
    options.onReconnect?.(refresh);
  }

  /** Clock of the server behind the connection. Throws `unavailable` if the time cannot be read now. */
  static over(connection: RedisConnection, options: Pick<RedisClockOptions, 'ticks'> = {}): Promise<RedisClock> {
    return RedisClock.create({
      ...options,
      readTime: () => connection.run((client) => client.sendCommand(['TIME'])),
      onReconnect: (listener) => {
        connection.onReconnect(listener);
      },
    });
  }

  static async create(options: RedisClockOptions): Promise<RedisClock> {
    const clock = new RedisClock(options);
    try {
      await clock.measure();
      return clock;
    } catch (error) {
      clock.stop();
      throw error;
    }
  }

  now(): Instant {
    const now = Math.floor(this.#ticks() + this.#offsetMs);
    if (now < this.#last && this.#last - now < standStillMs) return this.#last;
    this.#last = now;
    return now;
  }

  /** Has no effect once another measurement has begun. */
  async measure(): Promise<void> {
    const measurement = (this.#measurements += 1);
    this.#running += 1;
    try {
      const offsetMs = await this.#quickest();
      if (measurement === this.#measurements) this.#offsetMs = offsetMs;
    } finally {
      this.#running -= 1;
    }
  }

  /** The offset by the quickest of some round trips. */
  async #quickest(): Promise<number> {
    let best = await this.#sample();
    for (let samples = 1; samples < maxSamples; samples += 1) {
      if (samples >= fewestSamples && best.roundTripMs <= goodRoundTripMs) break;
      const next = await this.#sample();
      if (next.roundTripMs < best.roundTripMs) best = next;
    }
    return best.offsetMs;
  }

  async #sample(): Promise<{ readonly roundTripMs: number; readonly offsetMs: number }> {
    const askedAt = this.#ticks();
    const reply = await this.#readTime();
    const answeredAt = this.#ticks();
    const [seconds, microseconds] = parsed(timeReply, reply);
    const offsetMs = seconds * 1_000 + microseconds / 1_000 - (askedAt + answeredAt) / 2;
    return { roundTripMs: answeredAt - askedAt, offsetMs };
  }

  stop(): void {
    clearInterval(this.#refreshing);
  }
}

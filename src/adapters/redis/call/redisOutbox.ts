/** Pending work of saved transitions, as a Redis stream with a consumer group. */
import * as z from 'zod';
import type { Outbox, OutboxEntry } from '../../../ports/call/outbox.ts';
import { maxBrokenEntries, storedTransition } from '../schema/persistedSchemas.ts';
import type { RedisConnection } from '../connection/connection.ts';
import { isReply } from '../connection/driverErrors.ts';
import type { RedisKeys } from '../schema/keys.ts';
import finishEntries from './finishEntries.lua';
import pruneReaders from './pruneReaders.lua';
import setAsideEntry from './setAsideEntry.lua';
import { parsed } from '../schema/values.ts';
import type { OnBroken } from '../schema/values.ts';

export interface RedisOutboxOptions {
  /** The outbox duplicates it for blocking reads. */
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly onBroken: OnBroken;
}

/** Heartbeats wait behind a blocking read, so it must end before the connection counts as silent. */
const longestBlockMs = 2_000;
/** A reader that is silent for this long and has no pending entries is forgotten. */
const readerForgottenAfterMs = 600_000;

const streamEntries = z.array(z.object({ id: z.string(), message: z.record(z.string(), z.string()) }));
const streams = z.array(z.object({ messages: streamEntries })).nullable();
type StreamEntry = z.infer<typeof streamEntries>[number];

export class RedisOutbox implements Outbox {
  readonly #reader: RedisConnection;
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;
  readonly #onBroken: OnBroken;
  #lookedForDeadAt = -Infinity;

  private constructor(reader: RedisConnection, { connection, keys, onBroken }: RedisOutboxOptions) {
    this.#reader = reader;
    this.#connection = connection;
    this.#keys = keys;
    this.#onBroken = onBroken;
  }

  static async create(options: RedisOutboxOptions): Promise<RedisOutbox> {
    const outbox = new RedisOutbox(await options.connection.duplicate(), options);
    await outbox.#makeGroup().catch(async (error: unknown) => {
      await outbox.close();
      throw error;
    });
    return outbox;
  }

  async take(request: { reader: string; max: number; waitMs: number; takeOverMs: number }) {
    try {
      return await this.#taken(request);
    } catch (error) {
      // A Redis that restarted without its data has no group either.
      if (!(error instanceof Error) || !isReply(error.cause, 'NOGROUP')) throw error;
      await this.#makeGroup();
      return this.#taken(request);
    }
  }

  async done(entryIds: readonly string[]): Promise<void> {
    if (entryIds.length === 0) return;
    const { outbox, outboxReaders } = this.#keys;
    await this.#connection.script(finishEntries, [outbox], [outboxReaders, ...entryIds]);
  }

  setAside({ id, transition: { call, events, effects } }: OutboxEntry): Promise<void> {
    return this.#putAside(id, JSON.stringify({ id, callId: call.id, events: events.map(({ seq }) => seq), effects }));
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  async #taken(request: {
    reader: string;
    max: number;
    waitMs: number;
    takeOverMs: number;
  }): Promise<readonly OutboxEntry[]> {
    const takenOver = await this.#takeOver(request);
    return this.#readable(takenOver.length > 0 ? takenOver : await this.#next(request));
  }

  async #next({ reader, max, waitMs }: { reader: string; max: number; waitMs: number }): Promise<StreamEntry[]> {
    const blockMs = Math.min(waitMs, longestBlockMs);
    // BLOCK 0 would wait for ever.
    const options = blockMs > 0 ? { COUNT: max, BLOCK: blockMs } : { COUNT: max };
    const { outbox, outboxReaders } = this.#keys;
    const reply = await this.#reader.run(
      (client) => client.xReadGroup(outboxReaders, reader, { key: outbox, id: '>' }, options),
      blockMs,
    );
    return parsed(streams, reply)?.flatMap(({ messages }) => messages) ?? [];
  }

  /** Often enough that nothing waits much longer than `takeOverMs`, but not before every read. */
  async #takeOver({ reader, max, takeOverMs }: { reader: string; max: number; takeOverMs: number }) {
    const now = performance.now();
    if (now - this.#lookedForDeadAt < takeOverMs / 2) return [];
    const { outbox, outboxReaders } = this.#keys;
    const reply = await this.#connection.run((client) =>
      client.xAutoClaim(outbox, outboxReaders, reader, takeOverMs, '0-0', { COUNT: max }),
    );
    const entries = parsed(
      streamEntries,
      reply.messages.filter((entry) => entry !== null),
    );
    // A full batch means that more may wait.
    if (entries.length < max) this.#lookedForDeadAt = now;
    if (entries.length === 0) {
      await this.#connection.script(pruneReaders, [outbox], [outboxReaders, String(readerForgottenAfterMs)]);
    }
    return entries;
  }

  async #readable(entries: readonly StreamEntry[]): Promise<readonly OutboxEntry[]> {
    const readable: OutboxEntry[] = [];
    for (const entry of entries) {
      try {
        readable.push({ id: entry.id, transition: transitionOf(entry) });
      } catch (error) {
        this.#onBroken('outbox', error);
        await this.#putAside(entry.id, JSON.stringify(entry));
      }
    }
    return readable;
  }

  async #putAside(id: string, what: string): Promise<void> {
    const { outbox, outboxBroken, outboxReaders } = this.#keys;
    const values = [outboxReaders, id, what, String(maxBrokenEntries)];
    await this.#connection.script(setAsideEntry, [outbox, outboxBroken], values);
  }

  async #makeGroup(): Promise<void> {
    const { outbox, outboxReaders } = this.#keys;
    await this.#connection.run(async (client) => {
      try {
        await client.xGroupCreate(outbox, outboxReaders, '0', { MKSTREAM: true });
      } catch (error) {
        if (!isReply(error, 'BUSYGROUP')) throw error;
      }
    });
  }
}

function transitionOf({ message }: StreamEntry): OutboxEntry['transition'] {
  const fields = Object.entries(message).map(([name, json]): [string, unknown] => [name, JSON.parse(json)]);
  return parsed(storedTransition, Object.fromEntries(fields));
}

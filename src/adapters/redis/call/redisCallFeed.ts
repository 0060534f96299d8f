/** Saved transitions, received over Redis channels. */
import type { CallId, NodeId, UserId } from '../../../domain/kernel/ids.ts';
import type { CallChange, CallFeed, OnCallChange, StopListening } from '../../../ports/call/callFeed.ts';
import type { RedisConnection } from '../connection/connection.ts';
import { RedisUserFeed } from '../people/redisUserFeed.ts';
import { storedChange } from '../schema/persistedSchemas.ts';
import type { RedisKeys } from '../schema/keys.ts';
import type { Subscriptions } from '../connection/subscriptions.ts';
import { parsedJson } from '../schema/values.ts';
import type { OnBroken } from '../schema/values.ts';

export interface RedisCallFeedOptions {
  readonly connection: RedisConnection;
  readonly subscriptions: Subscriptions;
  readonly keys: RedisKeys;
  readonly onBroken: OnBroken;
}

export class RedisCallFeed implements CallFeed {
  readonly #options: RedisCallFeedOptions;
  readonly #users = new Set<RedisUserFeed>();
  readonly #onGap = new Set<() => void>();
  #lastRead: { readonly message: string; readonly change: CallChange } | undefined;

  constructor(options: RedisCallFeedOptions) {
    this.#options = options;
    options.subscriptions.onGap(() => void this.#resume());
  }

  async onUser(userId: UserId, listener: OnCallChange): Promise<StopListening> {
    const { connection, keys, onBroken } = this.#options;
    const feed = new RedisUserFeed({
      connection,
      keys,
      userId,
      listener,
      onBroken,
      listen: (channel, each) => this.#listen(channel, each),
    });
    this.#users.add(feed);
    const stop = async (): Promise<void> => {
      this.#users.delete(feed);
      await feed.stop();
    };
    try {
      await feed.start();
    } catch (error) {
      await stop();
      throw error;
    }
    return stop;
  }

  onCall(callId: CallId, listener: OnCallChange): Promise<StopListening> {
    return this.#listen(this.#options.keys.callChannel(callId), listener);
  }

  onNode(nodeId: NodeId, listener: OnCallChange): Promise<StopListening> {
    return this.#listen(this.#options.keys.nodeChannel(nodeId), listener);
  }

  /**
   * Called when users' devices receive changes of their calls again. If that fails for a device, it gets the state of
   * its calls later.
   */
  onGap(listener: () => void): void {
    this.#onGap.add(listener);
  }

  async #resume(): Promise<void> {
    await Promise.all([...this.#users].map((feed) => feed.resume()));
    for (const listener of this.#onGap) listener();
  }

  #listen(name: string, listener: OnCallChange): Promise<StopListening> {
    return this.#options.subscriptions.listen(name, (message) => {
      try {
        listener(this.#read(message));
      } catch (error) {
        // Catch it: the driver would take it for a fault of the connection.
        this.#options.onBroken('feed', error);
      }
    });
  }

  /** The same message goes to many listeners in a row: parse it only once. */
  #read(message: string): CallChange {
    if (this.#lastRead?.message !== message) this.#lastRead = { message, change: parsedJson(storedChange, message) };
    return this.#lastRead.change;
  }
}

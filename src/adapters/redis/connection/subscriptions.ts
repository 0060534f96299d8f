/**
 * Redis channels, each subscribed once, however many listeners it has. A subscription may be dead though it looks
 * alive: on a server that is no longer the master, or over a connection that died silently. So the subscriber publishes
 * echoes to itself: if one does not come back, it reconnects and subscribes again.
 */
import { randomBytes } from 'node:crypto';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { StopListening } from '../../../ports/call/callFeed.ts';
import type { RedisClient } from './client.ts';
import type { RedisConnection } from './connection.ts';
import type { RedisKeys } from '../schema/keys.ts';
import { within } from '../../../support/deadline.ts';

export type OnMessage = (message: string) => void;

export interface SubscriptionsOptions {
  /** Publishes the echoes; subscriptions use a duplicate of it. */
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  /** Interval of the echoes, and their time limit. */
  readonly echoEveryMs?: number;
  readonly echoWithinMs?: number;
  /** Runs the work of a message now or soon, in order. */
  readonly spread?: (work: () => void) => void;
}

interface Channel {
  readonly listeners: Set<OnMessage>;
  readonly receive: OnMessage;
  /** The client that subscribed to this channel. */
  client: RedisClient | undefined;
  /** Steps on one channel run one after the other. */
  last: Promise<void>;
}

export class Subscriptions {
  readonly #subscriber: RedisConnection;
  readonly #connection: RedisConnection;
  readonly #echoChannel: string;
  readonly #echoWithinMs: number;
  readonly #spread: (work: () => void) => void;
  readonly #channels = new Map<string, Channel>();
  readonly #onGap = new Set<() => void>();
  readonly #echoTimer: NodeJS.Timeout;
  #onEcho: OnMessage = () => undefined;
  #isAsking = false;

  private constructor(subscriber: RedisConnection, options: SubscriptionsOptions) {
    const { connection, keys, echoEveryMs = 1_000, echoWithinMs = 1_500 } = options;
    this.#subscriber = subscriber;
    this.#connection = connection;
    this.#echoChannel = keys.echoChannel(randomBytes(9).toString('base64url'));
    this.#echoWithinMs = echoWithinMs;
    this.#spread =
      options.spread ??
      ((work) => {
        work();
      });
    subscriber.onReconnect(() => {
      void this.#resume();
    });
    this.#echoTimer = setInterval(() => void this.#hearItself(), echoEveryMs).unref();
  }

  /** Throws `unavailable` if Redis cannot be reached now. */
  static async create(options: SubscriptionsOptions): Promise<Subscriptions> {
    const made = new Subscriptions(await options.connection.duplicate(), options);
    try {
      await made.listen(made.#echoChannel, (message) => {
        made.#onEcho(message);
      });
    } catch (error) {
      await made.close();
      throw error;
    }
    return made;
  }

  get ready(): boolean {
    return this.#subscriber.ready;
  }

  /** Messages may have been missed. Called once the subscriptions work again. */
  onGap(listener: () => void): void {
    this.#onGap.add(listener);
  }

  async close(): Promise<void> {
    clearInterval(this.#echoTimer);
    this.#channels.clear();
    await this.#subscriber.close();
  }

  /**
   * Resolves when the server has subscribed it. `listener` must not throw: the driver would take it for a fault of the
   * connection.
   */
  async listen(name: string, listener: OnMessage): Promise<StopListening> {
    const channel = this.#channels.get(name) ?? this.#open(name);
    // A wrapper of its own, so that the same function may be registered twice.
    const own: OnMessage = (message) => {
      listener(message);
    };
    channel.listeners.add(own);
    try {
      await this.#settle(name, channel);
    } catch (error) {
      await this.#stop(name, channel, own);
      throw error;
    }
    return () => this.#stop(name, channel, own);
  }

  #open(name: string): Channel {
    const listeners = new Set<OnMessage>();
    const receive = (message: string): void => {
      for (const listener of [...listeners]) {
        this.#spread(() => {
          // It may have been removed meanwhile.
          if (listeners.has(listener)) listener(message);
        });
      }
    };
    const channel: Channel = { listeners, receive, client: undefined, last: Promise.resolve() };
    this.#channels.set(name, channel);
    return channel;
  }

  async #stop(name: string, channel: Channel, own: OnMessage): Promise<void> {
    if (!channel.listeners.delete(own)) return;
    try {
      await this.#settle(name, channel);
    } catch {
      // While Redis is away nothing arrives; `#resume` unsubscribes.
    }
  }

  /** After the steps before: subscribes if there are listeners, else unsubscribes. */
  #settle(name: string, channel: Channel): Promise<void> {
    const step = channel.last.then(async () => {
      const wanted = channel.listeners.size > 0;
      await this.#subscriber.runOnClient(async (client) => {
        if (wanted && channel.client !== client) {
          // The driver would queue it without a limit, and subscribe for a listener that has given up.
          if (!client.isReady) throw new CallError('unavailable');
          await client.subscribe(name, channel.receive);
          channel.client = client;
        } else if (!wanted && channel.client === client) {
          await client.unsubscribe(name, channel.receive);
          channel.client = undefined;
        }
      });
      if (channel.listeners.size === 0 && this.#channels.get(name) === channel) this.#channels.delete(name);
    });
    channel.last = step.catch(() => undefined);
    return step;
  }

  /**
   * The driver resubscribes by itself on the same client, but not on its replacement. The gap is announced after that.
   */
  async #resume(): Promise<void> {
    await Promise.allSettled([...this.#channels].map(([name, channel]) => this.#settle(name, channel)));
    for (const listener of this.#onGap) listener();
  }

  async #hearItself(): Promise<void> {
    if (this.#isAsking || !this.#subscriber.ready) return;
    this.#isAsking = true;
    try {
      if (!(await this.#comesBack())) this.#subscriber.renew();
    } catch {
      // The echo could not be sent: that says nothing about the subscriptions, and a new connection announces its own
      // gap.
    } finally {
      this.#isAsking = false;
    }
  }

  async #comesBack(): Promise<boolean> {
    const said = randomBytes(6).toString('base64url');
    const heard = new Promise<boolean>((resolve) => {
      this.#onEcho = (message) => {
        if (message === said) resolve(true);
      };
    });
    await this.#connection.run((client) => client.publish(this.#echoChannel, said));
    return within(this.#echoWithinMs, heard, () => false);
  }
}

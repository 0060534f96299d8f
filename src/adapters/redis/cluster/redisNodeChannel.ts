/** Messages between nodes, over one Redis channel for each. Messages to a node that is away are lost. */
import { CallError } from '../../../domain/kernel/errors.ts';
import type { NodeId } from '../../../domain/kernel/ids.ts';
import type { StopListening } from '../../../ports/call/callFeed.ts';
import type { NodeChannel } from '../../../ports/cluster/nodeChannel.ts';
import type { RedisConnection } from '../connection/connection.ts';
import type { RedisKeys } from '../schema/keys.ts';
import type { Subscriptions } from '../connection/subscriptions.ts';

export interface RedisNodeChannelOptions {
  /** Sends. */
  readonly connection: RedisConnection;
  /** Receives. */
  readonly subscriptions: Subscriptions;
  readonly keys: RedisKeys;
  readonly nodeId: NodeId;
}

export class RedisNodeChannel implements NodeChannel {
  readonly nodeId: NodeId;
  readonly #options: RedisNodeChannelOptions;
  #listener: (text: string) => void = () => undefined;
  #stop: StopListening = () => Promise.resolve();

  private constructor(options: RedisNodeChannelOptions) {
    this.nodeId = options.nodeId;
    this.#options = options;
  }

  /** Throws `unavailable` if Redis cannot be reached now. */
  static async create(options: RedisNodeChannelOptions): Promise<RedisNodeChannel> {
    const channel = new RedisNodeChannel(options);
    channel.#stop = await options.subscriptions.listen(options.keys.nodeInbox(options.nodeId), (text) => {
      channel.#listener(text);
    });
    return channel;
  }

  async send(to: NodeId, text: string): Promise<void> {
    await this.#options.connection.run((client) => {
      // The driver would queue it for later, when nobody waits for it any more.
      if (!client.isReady) throw new CallError('unavailable');
      return client.publish(this.#options.keys.nodeInbox(to), text);
    });
  }

  onText(listener: (text: string) => void): void {
    this.#listener = listener;
  }

  onGap(listener: () => void): void {
    const { connection, subscriptions } = this.#options;
    subscriptions.onGap(listener);
    connection.onReconnect(listener);
  }

  close(): Promise<void> {
    return this.#stop();
  }
}

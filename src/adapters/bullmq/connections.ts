/**
 * The connections that BullMQ uses. It duplicates some by itself; all are registered here, so that all can be closed.
 */
import { createNodeRedisClient } from 'bullmq';
import type { ConnectionOptions } from 'bullmq';

/** The part of a `redis` client that is used here. */
export interface DriverClient {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  destroy(): void;
}

export interface BullmqConnectionsOptions {
  /** Makes a client that is not connected yet. */
  readonly makeClient: () => DriverClient;
  /** Called for every fault of a connection. */
  readonly onError?: (error: unknown) => void;
}

type QueueClient = ReturnType<typeof createNodeRedisClient>;

export class BullmqConnections {
  readonly #options: BullmqConnectionsOptions;
  readonly #clients = new Set<DriverClient>();
  #shared: QueueClient | undefined;

  constructor(options: BullmqConnectionsOptions) {
    this.#options = options;
  }

  /** One connection for all commands that do not block. Starts to connect by itself. */
  shared(): ConnectionOptions {
    this.#shared ??= this.#open();
    return this.#shared;
  }

  /** Closes every connection at once, whatever waits on it. Safe to repeat. */
  destroy(): void {
    for (const client of this.#clients) client.destroy();
    this.#clients.clear();
    this.#shared = undefined;
  }

  #open(): QueueClient {
    const client = this.#options.makeClient();
    this.#clients.add(client);
    client.on('error', (error) => this.#options.onError?.(error));
    const wrapped = createNodeRedisClient(client);
    wrapped.on('error', () => undefined);
    wrapped.setMaxListeners(0);
    wrapped.duplicate = () => this.#open();
    return wrapped;
  }
}

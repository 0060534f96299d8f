/** What every node says of itself: one hash, so that one command reads all of it. */
import type { NodeId } from '../../call/ids.ts';
import type { NodeStatus } from '../../call/placement.ts';
import type { NodeDirectory, Renewal } from '../../ports/nodeDirectory.ts';
import type { RedisConnection } from './connection.ts';
import type { RedisKeys } from './keys.ts';
import { storedNodeStatus } from './stored.ts';
import { parsedJson } from './values.ts';

export interface RedisNodeDirectoryOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
}

export class RedisNodeDirectory implements NodeDirectory {
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;

  constructor({ connection, keys }: RedisNodeDirectoryOptions) {
    this.#connection = connection;
    this.#keys = keys;
  }

  /** `HSET` answers how many fields were new. */
  async renew(status: NodeStatus): Promise<Renewal> {
    const added = await this.#connection.run((client) =>
      client.hSet(this.#keys.nodeStatuses, status.nodeId, JSON.stringify(status)),
    );
    return added === 0 || status.beat === 1 ? 'renewed' : 'fenced';
  }

  async all(): Promise<readonly NodeStatus[]> {
    const stored = await this.#connection.run((client) => client.hVals(this.#keys.nodeStatuses));
    return stored.map((json) => parsedJson(storedNodeStatus, json));
  }

  async forget(nodeId: NodeId): Promise<void> {
    await this.#connection.run((client) => client.hDel(this.#keys.nodeStatuses, nodeId));
  }
}

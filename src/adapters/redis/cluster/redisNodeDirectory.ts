/** The status of every node: one hash, so that one command reads all. */
import type { NodeId } from '../../../domain/kernel/ids.ts';
import type { NodeStatus } from '../../../domain/cluster/placement.ts';
import type { NodeDirectory, Renewal } from '../../../ports/cluster/nodeDirectory.ts';
import type { RedisConnection } from '../connection/connection.ts';
import type { RedisKeys } from '../schema/keys.ts';
import renewKnownStatus from './renewKnownStatus.lua';
import renewStatus from './renewStatus.lua';
import { storedNodeStatus } from '../schema/persistedSchemas.ts';
import { readable } from '../schema/values.ts';

export interface RedisNodeDirectoryOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  /** Called for an unreadable entry, which is left out. */
  readonly onUnreadable?: (what: string, error: unknown) => void;
}

export class RedisNodeDirectory implements NodeDirectory {
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;
  readonly #onUnreadable: RedisNodeDirectoryOptions['onUnreadable'];

  constructor({ connection, keys, onUnreadable }: RedisNodeDirectoryOptions) {
    this.#connection = connection;
    this.#keys = keys;
    this.#onUnreadable = onUnreadable;
  }

  /** `HSET` returns how many fields were new. */
  async renew(status: NodeStatus): Promise<Renewal> {
    const values = [status.nodeId, JSON.stringify(status)];
    const added = await this.#connection.script(renewStatus, [this.#keys.nodeStatuses], values);
    return added === 0 || status.beat === 1 ? 'renewed' : 'fenced';
  }

  async renewIfKnown(status: NodeStatus): Promise<boolean> {
    const values = [status.nodeId, JSON.stringify(status)];
    return (await this.#connection.script(renewKnownStatus, [this.#keys.nodeStatuses], values)) === 1;
  }

  async all(): Promise<readonly NodeStatus[]> {
    const stored = await this.#connection.run((client) => client.hVals(this.#keys.nodeStatuses));
    return readable(storedNodeStatus, stored, (error) => this.#onUnreadable?.('a node status', error));
  }

  async forget(nodeId: NodeId): Promise<void> {
    await this.#connection.run((client) => client.hDel(this.#keys.nodeStatuses, nodeId));
  }
}

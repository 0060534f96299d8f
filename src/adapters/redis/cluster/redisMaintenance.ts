/** Maintenance of all nodes on this Redis: one value, and a channel that says when it changed. */
import type { StopListening } from '../../../ports/call/callFeed.ts';
import type { Maintenance, MaintenanceMode } from '../../../ports/cluster/maintenance.ts';
import type { RedisConnection } from '../connection/connection.ts';
import type { Subscriptions } from '../connection/subscriptions.ts';
import type { RedisKeys } from '../schema/keys.ts';
import { storedMaintenance } from '../schema/persistedSchemas.ts';
import { parsedJson } from '../schema/values.ts';

export interface RedisMaintenanceOptions {
  readonly connection: RedisConnection;
  readonly subscriptions: Subscriptions;
  readonly keys: RedisKeys;
  /** Other nodes learn of the change only when they look at it themselves. */
  readonly onUnannounced: (error: unknown) => void;
}

export class RedisMaintenance implements MaintenanceMode {
  readonly #options: RedisMaintenanceOptions;

  constructor(options: RedisMaintenanceOptions) {
    this.#options = options;
  }

  async read(): Promise<Maintenance | undefined> {
    const { connection, keys } = this.#options;
    const text = await connection.run((client) => client.get(keys.maintenance));
    return text === null ? undefined : parsedJson(storedMaintenance, text);
  }

  async begin(maintenance: Maintenance): Promise<void> {
    const { connection, keys } = this.#options;
    await connection.run((client) => client.set(keys.maintenance, JSON.stringify(maintenance)));
    await this.#announce();
  }

  async end(): Promise<void> {
    const { connection, keys } = this.#options;
    await connection.run((client) => client.del(keys.maintenance));
    await this.#announce();
  }

  onChange(listener: () => void): Promise<StopListening> {
    const { subscriptions, keys } = this.#options;
    return subscriptions.listen(keys.maintenanceChannel, () => {
      listener();
    });
  }

  /** Never rejects: the change is stored, so an error would be false. */
  async #announce(): Promise<void> {
    const { connection, keys, onUnannounced } = this.#options;
    try {
      await connection.run((client) => client.publish(keys.maintenanceChannel, ''));
    } catch (error) {
      onUnannounced(error);
    }
  }
}

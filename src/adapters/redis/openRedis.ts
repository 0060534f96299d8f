/** One Redis, Sentinel or Cluster: afterwards all look like one Redis. */
import { ClusterFinder } from './clusterFinder.ts';
import { MasterDoor } from './masterDoor.ts';
import { redisAddress } from './redisAddress.ts';
import { SentinelFinder } from './sentinelFinder.ts';

export interface OpenRedisOptions {
  readonly url: string;
  /** The prefix of all keys, or any of the keys. */
  readonly key: string;
  /** Told when the master has moved. */
  readonly onMove?: () => void;
}

export interface OpenedRedis {
  /** For every client of the driver. */
  readonly url: string;
  close(): Promise<void>;
}

export async function openRedis({ url, key, onMove = () => undefined }: OpenRedisOptions): Promise<OpenedRedis> {
  const address = redisAddress(url);
  if (address.kind === 'one') return { url, close: () => Promise.resolve() };
  const finder = address.kind === 'sentinel' ? new SentinelFinder(address) : new ClusterFinder({ ...address, key });
  const door = await MasterDoor.open({ finder, onMove });
  return { url: `unix://${address.credentials}${encodeURI(door.path)}`, close: () => door.close() };
}

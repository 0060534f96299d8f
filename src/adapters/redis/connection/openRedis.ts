/** Opens a single Redis, Sentinel or Cluster: all then look like a single Redis. */
import { CallError } from '../../../domain/kernel/errors.ts';
import { ClusterFinder } from './discovery/clusterFinder.ts';
import { MasterProxy } from './masterProxy.ts';
import { faultOf } from './operatorMessages.ts';
import { redisAddress, urlOf } from './redisAddress.ts';
import { SentinelFinder } from './discovery/sentinelFinder.ts';
import { mixedUp } from './detectTls.ts';

export interface OpenRedisOptions {
  readonly url: string;
  /** Prefix of all keys, or any of the keys. */
  readonly key: string;
  /** `user:password@` for sentinels, which have users of their own; empty if they need none. */
  readonly sentinelCredentials?: string;
  /** Called when the master has moved. */
  readonly onMove?: () => void;
  /** Called for a fault on the way to the master; clients reconnect by themselves. */
  readonly onError?: (error: unknown) => void;
}

export interface OpenedRedis {
  /** URL for every client of the driver. */
  readonly url: string;
  close(): Promise<void>;
}

/** Throws `unavailable` if the master cannot be reached for a reason that waiting does not cure. */
export async function openRedis(options: OpenRedisOptions): Promise<OpenedRedis> {
  const { url, key, sentinelCredentials = '', onMove = () => undefined, onError = () => undefined } = options;
  const address = redisAddress(url);
  if (address.kind === 'one') return { url, close: () => Promise.resolve() };
  const { tls, credentials, hosts } = address;
  const isWatched = address.kind === 'sentinel';
  const asked = { tls, credentials: isWatched ? sentinelCredentials : credentials };
  const finder = isWatched
    ? new SentinelFinder({ ...asked, hosts, master: address.master })
    : new ClusterFinder({ ...asked, hosts, key });
  const door = await MasterProxy.open({ finder, tls, onMove, onError });
  const { master, error } = await door.tried();
  // A silent server may speak TLS when the URL says plain, or the other way round.
  const silent = master ?? hosts[0];
  const mix = error === undefined || silent === undefined ? undefined : await mixedUp(urlOf(silent, asked));
  const cause = mix ?? error;
  if (faultOf(cause)?.isFinal === true) {
    await door.close();
    throw new CallError('unavailable', { cause });
  }
  return { url: `unix://${credentials}${encodeURI(door.path)}`, close: () => door.close() };
}

/** One Redis, Sentinel or Cluster: afterwards all look like one Redis. */
import { CallError } from '../../../domain/kernel/errors.ts';
import { ClusterFinder } from './clusterFinder.ts';
import { MasterProxy } from './masterProxy.ts';
import { faultOf } from './faults.ts';
import { redisAddress, urlOf } from './redisAddress.ts';
import { SentinelFinder } from './sentinelFinder.ts';
import { mixedUp } from './spokenAt.ts';

export interface OpenRedisOptions {
  readonly url: string;
  /** The prefix of all keys, or any of the keys. */
  readonly key: string;
  /** `user:password@` for sentinels, which have users of their own; nothing where they want none. */
  readonly sentinelCredentials?: string;
  /** Told when the master has moved. */
  readonly onMove?: () => void;
  /** Told of a fault of the way to the master; whoever uses it comes again by itself. */
  readonly onError?: (error: unknown) => void;
}

export interface OpenedRedis {
  /** For every client of the driver. */
  readonly url: string;
  close(): Promise<void>;
}

/** Throws `unavailable` when there is no way to the master for a reason that time does not mend. */
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
  // Who is silent may speak otherwise than the URL says.
  const silent = master ?? hosts[0];
  const mix = error === undefined || silent === undefined ? undefined : await mixedUp(urlOf(silent, asked));
  const cause = mix ?? error;
  if (faultOf(cause)?.isFinal === true) {
    await door.close();
    throw new CallError('unavailable', { cause });
  }
  return { url: `unix://${credentials}${encodeURI(door.path)}`, close: () => door.close() };
}

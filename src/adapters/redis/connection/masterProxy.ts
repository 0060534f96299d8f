/**
 * A local socket that always leads to the master. All Redis clients of this process, those of the queues too, connect
 * to it as to one Redis that is sometimes away; behind it, sentinels or a cluster say which server is the master. When
 * the master changes, clients of the old one are disconnected, so that none keeps using a server that others have left.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, isIP } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { sameHost } from './redisAddress.ts';
import type { Host } from './redisAddress.ts';
import type { MasterFinder } from './discovery/discoveryPeers.ts';
import { singleFlight } from '../../../support/singleFlight.ts';

export interface MasterProxyOptions {
  readonly finder: MasterFinder;
  /** TLS to the master, or not. Clients use no TLS up to the proxy: its folder is private. */
  readonly tls: boolean;
  /** Called when the master's address has changed. */
  readonly onMove?: () => void;
  /** Called for faults of the proxy and of its connections to the master. */
  readonly onError: (error: unknown) => void;
  readonly lookEveryMs?: number;
}

const connectWithinMs = 2_000;
const keepAliveMs = 5_000;

export class MasterProxy {
  /** A socket in a private folder. */
  readonly path: string;
  readonly #server: Server;
  readonly #options: MasterProxyOptions;
  /** Sockets of clients, with the master that each leads to. */
  readonly #inside = new Map<Socket, Host>();
  readonly #timer: NodeJS.Timeout;
  #master: Host | undefined;
  readonly #look = singleFlight(() => this.#lookOnce());

  private constructor(path: string, options: MasterProxyOptions) {
    this.path = path;
    this.#options = options;
    this.#server = createServer((client) => {
      // A fault on either side closes both; the client then reconnects by itself.
      client.on('error', () => undefined);
      this.#enter(client).catch((error: unknown) => {
        client.destroy();
        options.onError(error);
      });
    });
    // For example no file descriptor for one more client: the server stays open for the next.
    this.#server.on('error', options.onError);
    this.#timer = setInterval(() => {
      this.#look().catch(options.onError);
    }, options.lookEveryMs ?? 500).unref();
  }

  static async open(options: MasterProxyOptions): Promise<MasterProxy> {
    const door = new MasterProxy(join(await mkdtemp(join(tmpdir(), 'veilcast-master-')), 'redis.sock'), options);
    door.#server.listen(door.path);
    await once(door.#server, 'listening');
    door.#server.unref();
    return door;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#options.finder.close();
    this.#server.close();
    for (const client of this.#inside.keys()) client.destroy();
    await rm(join(this.path, '..'), { recursive: true, force: true });
  }

  /** Whether the master can be found and reached now, and if not, why. */
  async tried(): Promise<{ readonly master: Host | undefined; readonly error: unknown }> {
    await this.#look();
    const master = this.#master;
    if (master === undefined)
      return { master, error: this.#options.finder.fault ?? new Error('no sentinel or cluster node names the master') };
    return new Promise((resolve) => {
      let error: unknown;
      const redis = this.#connect(master, () => redis.destroy());
      redis.on('error', (fault) => (error = fault));
      redis.on('close', () => {
        resolve({ master, error });
      });
    });
  }

  async #enter(client: Socket): Promise<void> {
    if (this.#master === undefined) await this.#look();
    const master = this.#master;
    // The client may have gone while the master was looked for.
    if (master === undefined || client.destroyed) {
      client.destroy();
      return;
    }
    const redis = this.#connect(master, () => undefined);
    this.#inside.set(client, master);
    redis.on('error', this.#options.onError);
    redis.on('close', () => {
      client.destroy();
    });
    client.on('close', () => {
      this.#inside.delete(client);
      redis.destroy();
    });
    client.pipe(redis);
    redis.pipe(client);
  }

  /** Emits `error` if it takes too long. */
  #connect(master: Host, onConnected: () => void): Socket {
    const redis = this.#options.tls
      ? connectTls({ ...master, ...(isIP(master.host) === 0 ? { servername: master.host } : {}) })
      : connect(master);
    redis.setNoDelay(true);
    redis.setKeepAlive(true, keepAliveMs);
    const late = setTimeout(() => {
      redis.destroy(new Error('the Redis master did not answer in time'));
    }, connectWithinMs);
    redis.once(this.#options.tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(late);
      onConnected();
    });
    redis.once('close', () => {
      clearTimeout(late);
    });
    return redis;
  }

  /** If no peer answers, keep the current master. */
  async #lookOnce(): Promise<void> {
    const found = await this.#options.finder.find();
    if (found !== undefined && !sameHost(found, this.#master)) this.#move(found);
  }

  #move(master: Host): void {
    if (this.#master !== undefined) this.#options.onMove?.();
    this.#master = master;
    for (const [client, before] of this.#inside) if (!sameHost(before, master)) client.destroy();
  }
}

/**
 * A door in this process that always leads to the master. Every client of Redis here, those of the queues too, connects to
 * it as to one Redis that now and then goes and comes back; behind it sentinels or a cluster say who the master is. When
 * it moves, whoever is connected to the one before is cut off, so that nobody talks on to a server that others have left.
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
import type { MasterFinder } from './discoveryPeers.ts';
import { singleFlight } from '../../../support/singleFlight.ts';

export interface MasterProxyOptions {
  readonly finder: MasterFinder;
  /** Clients speak plain to the door, whose folder nobody else may open; beyond it there is TLS, or not. */
  readonly tls: boolean;
  /** Told when the master was found somewhere else than before. */
  readonly onMove?: () => void;
  /** Told of faults of the door itself and of its way to the master. */
  readonly onError: (error: unknown) => void;
  readonly lookEveryMs?: number;
}

const connectWithinMs = 2_000;
const keepAliveMs = 5_000;

export class MasterProxy {
  /** Of a socket in a folder that nobody else may open. */
  readonly path: string;
  readonly #server: Server;
  readonly #options: MasterProxyOptions;
  /** Sockets of clients, by the master that each leads to. */
  readonly #inside = new Map<Socket, Host>();
  readonly #timer: NodeJS.Timeout;
  #master: Host | undefined;
  readonly #look = singleFlight(() => this.#lookOnce());

  private constructor(path: string, options: MasterProxyOptions) {
    this.path = path;
    this.#options = options;
    this.#server = createServer((client) => {
      // Whatever goes wrong on either side ends both; the client then comes again by itself.
      client.on('error', () => undefined);
      this.#enter(client).catch((error: unknown) => {
        client.destroy();
        options.onError(error);
      });
    });
    // Such as no file descriptor left for one more client: the door stays open for the next.
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
      return { master, error: this.#options.finder.fault ?? new Error('nobody tells the master') };
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
    // It may have gone while the master was looked for.
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

  /** Fails with an `error` when it takes too long. */
  #connect(master: Host, onConnected: () => void): Socket {
    const redis = this.#options.tls
      ? connectTls({ ...master, ...(isIP(master.host) === 0 ? { servername: master.host } : {}) })
      : connect(master);
    redis.setNoDelay(true);
    redis.setKeepAlive(true, keepAliveMs);
    const late = setTimeout(() => {
      redis.destroy(new Error('the master of Redis did not answer in time'));
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

  /** Nobody's word is no word against the master of the moment. */
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

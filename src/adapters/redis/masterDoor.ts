/**
 * A door in this process that always leads to the master. Every client of Redis here, those of the queues too, connects to
 * it as to one Redis that now and then goes and comes back; behind it sentinels or a cluster say who the master is. When
 * it moves, whoever is connected to the one before is cut off, so that nobody talks on to a server that others have left.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sameHost } from './redisAddress.ts';
import type { Host } from './redisAddress.ts';
import type { MasterFinder } from './witnesses.ts';

export interface MasterDoorOptions {
  readonly finder: MasterFinder;
  /** Told when the master was found somewhere else than before. */
  readonly onMove?: () => void;
  readonly lookEveryMs?: number;
}

const connectWithinMs = 2_000;
const keepAliveMs = 5_000;

export class MasterDoor {
  /** Of a socket in a folder that nobody else may open. */
  readonly path: string;
  readonly #server: Server;
  readonly #options: MasterDoorOptions;
  /** Sockets of clients, by the master that each leads to. */
  readonly #inside = new Map<Socket, Host>();
  readonly #timer: NodeJS.Timeout;
  #master: Host | undefined;
  #looking: Promise<void> | undefined;

  private constructor(path: string, options: MasterDoorOptions) {
    this.path = path;
    this.#options = options;
    this.#server = createServer((client) => void this.#enter(client));
    this.#timer = setInterval(() => void this.#look(), options.lookEveryMs ?? 500).unref();
  }

  static async open(options: MasterDoorOptions): Promise<MasterDoor> {
    const door = new MasterDoor(join(await mkdtemp(join(tmpdir(), 'veilcast-master-')), 'redis.sock'), options);
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

  async #enter(client: Socket): Promise<void> {
    // Whatever goes wrong on either side ends both; the client then comes again by itself.
    client.on('error', () => undefined);
    if (this.#master === undefined) await this.#look();
    const master = this.#master;
    if (master === undefined) {
      client.destroy();
      return;
    }
    const redis = connect({ ...master, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs });
    const late = setTimeout(() => redis.destroy(), connectWithinMs);
    this.#inside.set(client, master);
    redis.on('connect', () => {
      clearTimeout(late);
    });
    redis.on('error', () => undefined);
    redis.on('close', () => {
      clearTimeout(late);
      client.destroy();
    });
    client.on('close', () => {
      this.#inside.delete(client);
      redis.destroy();
    });
    client.pipe(redis);
    redis.pipe(client);
  }

  /** Nobody's word is no word against the master of the moment. */
  #look(): Promise<void> {
    this.#looking ??= this.#options.finder
      .find()
      .then((found) => {
        if (found !== undefined && !sameHost(found, this.#master)) this.#move(found);
      })
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  #move(master: Host): void {
    if (this.#master !== undefined) this.#options.onMove?.();
    this.#master = master;
    for (const [client, before] of this.#inside) if (!sameHost(before, master)) client.destroy();
  }
}

/** Servers that know where the master is: a connection to each, and one question to all. */
import { ErrorReply } from 'redis';
import { redisClient } from '../client.ts';
import type { RedisClient } from '../client.ts';
import { urlOf } from '../redisAddress.ts';
import type { Access, Host } from '../redisAddress.ts';
import { withRedisTimeout } from '../redisTimeout.ts';

/** One peer's answer where the master is, and how recent it is. */
export interface PeerReply {
  readonly master: Host;
  readonly epoch: number;
}

/** Finds the master; undefined if no peer knows. */
export interface MasterFinder {
  find(): Promise<Host | undefined>;
  /** The last error of a peer, if it was more than silence. */
  readonly fault: unknown;
  close(): void;
}

const answerWithinMs = 1_000;

export class DiscoveryPeers {
  readonly #clients = new Map<string, RedisClient>();
  readonly #access: Access;
  #fault: unknown;
  #isClosed = false;

  constructor(hosts: readonly Host[], access: Access = { credentials: '', tls: false }) {
    this.#access = access;
    this.know(hosts);
  }

  get fault(): unknown {
    return this.#fault;
  }

  /** More servers that may be asked from now on. */
  know(hosts: readonly Host[]): void {
    // An answer may arrive after the end; connections made then would never be closed.
    if (this.#isClosed) return;
    for (const host of hosts) {
      const url = urlOf(host, this.#access);
      if (this.#clients.has(url)) continue;
      const client = redisClient(url);
      // A peer that is away does not answer; the others still do.
      client.on('error', (error: unknown) => {
        this.#fault = error;
      });
      client.connect().catch(() => undefined);
      this.#clients.set(url, client);
    }
  }

  /** The answers of all peers that answer in time. */
  async ask<T>(question: (client: RedisClient) => Promise<T>): Promise<readonly T[]> {
    const asked = [...this.#clients.values()].map((client) => withRedisTimeout(answerWithinMs, question(client)));
    const answers = await Promise.allSettled(asked);
    return answers.flatMap((answer) => {
      if (answer.status === 'fulfilled') return [answer.value];
      if (answer.reason instanceof ErrorReply) this.#fault = answer.reason;
      return [];
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const client of this.#clients.values()) client.destroy();
    this.#clients.clear();
  }
}

/** The newest answer counts: a peer that was cut off from the others still names the old master. */
export function newest(testimonies: readonly PeerReply[]): Host | undefined {
  const [first, ...others] = testimonies;
  return others.reduce((best, one) => (best === undefined || one.epoch > best.epoch ? one : best), first)?.master;
}

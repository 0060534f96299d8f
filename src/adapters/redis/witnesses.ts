/** Those who can say where the master is: a connection to each, and one question to all. */
import { redisClient } from './client.ts';
import type { RedisClient } from './client.ts';
import { urlOf } from './redisAddress.ts';
import type { Host } from './redisAddress.ts';
import { within } from './within.ts';

/** Somebody's word on where the master is, and how new that word is. */
export interface Testimony {
  readonly master: Host;
  readonly epoch: number;
}

/** Says where the master is; undefined when nobody can say. */
export interface MasterFinder {
  find(): Promise<Host | undefined>;
  close(): void;
}

const answerWithinMs = 1_000;

export class Witnesses {
  readonly #clients = new Map<string, RedisClient>();
  readonly #credentials: string;
  #isClosed = false;

  constructor(hosts: readonly Host[], { credentials = '' }: { readonly credentials?: string } = {}) {
    this.#credentials = credentials;
    this.know(hosts);
  }

  /** Others who may be asked from now on. */
  know(hosts: readonly Host[]): void {
    // An answer may come after the end; nobody would ever let go of those that it names.
    if (this.#isClosed) return;
    for (const host of hosts) {
      const url = urlOf(host, this.#credentials);
      if (this.#clients.has(url)) continue;
      const client = redisClient(url);
      // One who is away says nothing; the rest are heard.
      client.on('error', () => undefined);
      client.connect().catch(() => undefined);
      this.#clients.set(url, client);
    }
  }

  /** What each says who answers in time. */
  async ask<T>(question: (client: RedisClient) => Promise<T>): Promise<readonly T[]> {
    const asked = [...this.#clients.values()].map((client) => within(answerWithinMs, question(client)));
    const answers = await Promise.allSettled(asked);
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  }

  close(): void {
    this.#isClosed = true;
    for (const client of this.#clients.values()) client.destroy();
    this.#clients.clear();
  }
}

/** The newest word counts: who was cut off from the others still tells of the master before. */
export function newest(testimonies: readonly Testimony[]): Host | undefined {
  const [first, ...others] = testimonies;
  return others.reduce((best, one) => (best === undefined || one.epoch > best.epoch ? one : best), first)?.master;
}

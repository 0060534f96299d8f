/**
 * One connection to Redis that survives outages. Every command passes through `run`: it is answered within a time limit
 * or fails with a `CallError`. If a connected server stays silent, the connection is replaced.
 */
import { createHash } from 'node:crypto';
import { ErrorReply } from 'redis';
import { redisClient } from './client.ts';
import type { RedisClient } from './client.ts';
import { CallError } from '../../../domain/kernel/errors.ts';
import { isReply, translated } from './driverErrors.ts';
import { faultOf } from './operatorMessages.ts';
import { mixedUp } from './detectTls.ts';
import { withRedisTimeout } from './redisTimeout.ts';
import type { LuaScript } from './luaScript.ts';
import { Withdrawal } from './withdrawal.ts';

export interface RedisConnectionOptions {
  readonly url: string;
  /** Called for every fault of the connection; commands get theirs as `CallError`. */
  readonly onError?: (error: unknown) => void;
  /** Moves keys of a wrong type away: these keys and the shared ones. Returns whether there were any. */
  readonly mend?: (connection: Pick<RedisConnection, 'script'>, keys: readonly string[]) => Promise<boolean>;
  /** Maximum wait for an answer. */
  readonly answerWithinMs?: number;
  /** Maximum wait for the first connection. */
  readonly connectWithinMs?: number;
}

const heartbeatMs = 1_000;
/** Longer than any blocking read, which delays heartbeats. */
const silenceLimitMs = 6_000;
const closeWithinMs = 500;

export class RedisConnection {
  readonly #options: RedisConnectionOptions;
  readonly #answerWithinMs: number;
  readonly #onReady = new Set<() => void>();
  readonly #digests = new Map<LuaScript, string>();
  readonly #withdrawal: Withdrawal;
  #client: RedisClient;
  /** The client whose commands a signal withdraws. */
  #withdrawing: { readonly signal: AbortSignal; readonly of: RedisClient; readonly client: RedisClient } | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #lastHeardAt = performance.now();
  #wasReady = false;
  #closed = false;

  private constructor(options: RedisConnectionOptions) {
    this.#options = options;
    this.#answerWithinMs = options.answerWithinMs ?? 1_500;
    this.#withdrawal = new Withdrawal(this.#answerWithinMs);
    this.#client = this.#newClient();
  }

  /** Throws `unavailable` if Redis cannot be reached in time. */
  static async create(options: RedisConnectionOptions): Promise<RedisConnection> {
    const connection = new RedisConnection(options);
    let lastError: unknown;
    // The driver retries whatever is wrong: faults that waiting does not cure end the wait.
    const isHopeless = new Promise<never>((_, reject) => {
      connection.#client.on('error', (error: unknown) => {
        lastError = error;
        if (faultOf(error)?.isFinal === true) reject(translated(error));
      });
    });
    isHopeless.catch(() => undefined);
    try {
      const connected = connection.#client.connect();
      // When the connection is dropped, nobody waits for it any more.
      connected.catch(() => undefined);
      await withRedisTimeout(options.connectWithinMs ?? 5_000, Promise.race([connected, isHopeless]));
    } catch (error) {
      connection.#drop();
      const cause = (await mixedUp(options.url)) ?? lastError;
      throw cause === undefined ? translated(error) : new CallError('unavailable', { cause });
    }
    connection.#beatLater();
    return connection;
  }

  /** Another connection with the same settings, for a subscriber or a blocking reader. */
  duplicate(): Promise<RedisConnection> {
    return RedisConnection.create(this.#options);
  }

  get ready(): boolean {
    return this.#client.isReady;
  }

  /** Called each time the connection is ready again after a loss. */
  onReconnect(listener: () => void): void {
    this.#onReady.add(listener);
  }

  /**
   * Runs commands on the current client. `extraMs`: more time for those that block. `keys`: the keys they use, to
   * repair one of a wrong type.
   */
  run<T>(work: (client: RedisClient) => Promise<T>, extraMs = 0, keys: readonly string[] = []): Promise<T> {
    return this.#mended(keys, () => this.#run(work, extraMs));
  }

  /** Runs commands on the client itself. Subscriptions belong to it, and are gone when it is replaced. */
  runOnClient<T>(work: (client: RedisClient) => Promise<T>): Promise<T> {
    return this.#inTime(() => work(this.#client), 0);
  }

  /** One round trip; two if the server does not know the script yet. */
  script(script: LuaScript, keys: string[], values: string[]): Promise<unknown> {
    return this.#mended(keys, () => this.#script(script, keys, values));
  }

  /** Replaces the connection: it may lead to a server that others do not use. */
  renew(): void {
    this.#replace(this.#client);
  }

  /** Safe to repeat; bounded when Redis is away. */
  async close(): Promise<void> {
    if (this.#closed) return;
    const client = this.#client;
    try {
      if (client.isReady) await withRedisTimeout(closeWithinMs, client.close());
    } catch {
      // It is dropped below in any case.
    }
    this.#drop();
  }

  #run<T>(work: (client: RedisClient) => Promise<T>, extraMs: number): Promise<T> {
    return this.#inTime(() => work(this.#withdrawn()), extraMs);
  }

  async #inTime<T>(work: () => Promise<T>, extraMs: number): Promise<T> {
    try {
      return await withRedisTimeout(this.#answerWithinMs + extraMs, work());
    } catch (error) {
      throw translated(error);
    }
  }

  /** The current client; what it has not sent when its callers give up, it never sends. */
  #withdrawn(): RedisClient {
    const { signal } = this.#withdrawal;
    const of = this.#client;
    if (this.#withdrawing?.signal !== signal || this.#withdrawing.of !== of) {
      this.#withdrawing = { signal, of, client: of.withAbortSignal(signal) };
    }
    return this.#withdrawing.client;
  }

  #script(script: LuaScript, keys: string[], values: string[]): Promise<unknown> {
    const call = { keys, arguments: values };
    return this.#run(async (client) => {
      try {
        return await client.evalSha(this.#digest(script), call);
      } catch (error) {
        if (!isReply(error, 'NOSCRIPT')) throw error;
        return client.eval(script, call);
      }
    }, 0);
  }

  /** A key of a wrong type fails every command on it: move it away, and run the work once more. */
  async #mended<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { mend } = this.#options;
      if (mend === undefined || !(error instanceof CallError) || !isReply(error.cause, 'WRONGTYPE')) throw error;
      const runner = { script: (...args: Parameters<RedisConnection['script']>) => this.#script(...args) };
      if (!(await mend(runner, keys))) throw error;
      return work();
    }
  }

  #digest(script: LuaScript): string {
    const known = this.#digests.get(script);
    if (known !== undefined) return known;
    const digest = createHash('sha1').update(script).digest('hex');
    this.#digests.set(script, digest);
    return digest;
  }

  #newClient(): RedisClient {
    const client = redisClient(this.#options.url, { unsentTimeoutMs: 0 });
    client.on('error', (error: unknown) => this.#options.onError?.(error));
    client.on('ready', () => {
      this.#lastHeardAt = performance.now();
      if (this.#wasReady) for (const listener of this.#onReady) listener();
      this.#wasReady = true;
    });
    return client;
  }

  #beatLater(): void {
    if (this.#closed) return;
    this.#heartbeat = setTimeout(() => {
      void this.#beat();
    }, heartbeatMs).unref();
  }

  async #beat(): Promise<void> {
    const client = this.#client;
    try {
      await withRedisTimeout(heartbeatMs, client.withAbortSignal(AbortSignal.timeout(heartbeatMs)).ping());
      this.#lastHeardAt = performance.now();
    } catch (error) {
      // A Redis that cannot write to its disk refuses even PING, but it is alive.
      if (error instanceof ErrorReply) this.#lastHeardAt = performance.now();
      if (performance.now() - this.#lastHeardAt > silenceLimitMs) this.#replace(client);
    }
    this.#beatLater();
  }

  #replace(silent: RedisClient): void {
    if (this.#closed) return;
    this.#lastHeardAt = performance.now();
    this.#client = this.#newClient();
    silent.destroy();
    this.#client.connect().catch((error: unknown) => this.#options.onError?.(error));
  }

  #drop(): void {
    this.#closed = true;
    clearTimeout(this.#heartbeat);
    this.#onReady.clear();
    this.#client.destroy();
  }
}

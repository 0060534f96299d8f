/** A private Redis for one test file: a child process on a unix socket of its own, in a folder of its own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { redisClient } from '../../../src/adapters/redis/connection/client.ts';
import { killWithUs } from '../processes/killWithUs.ts';
import { waitFor } from '../waitFor.ts';

export interface TestRedisOptions {
  /** Every write is on disk before it is answered, so that `kill` loses nothing. */
  readonly persistent?: boolean;
  /** Where the server writes its log, at every level. */
  readonly logFile?: string;
  /** A machine of its own, which others reach over the network; else a socket that this machine alone has. */
  readonly machine?: { readonly namespace: string; readonly address: string };
}

const port = 6379;

export class TestRedis {
  readonly url: string;
  readonly #folder: string;
  readonly #persistent: boolean;
  readonly #logFile: string | undefined;
  readonly #machine: TestRedisOptions['machine'];
  #server: ChildProcess | undefined;

  private constructor(folder: string, { persistent = false, logFile, machine }: TestRedisOptions) {
    this.#folder = folder;
    this.#persistent = persistent;
    this.#logFile = logFile;
    this.#machine = machine;
    this.url = machine === undefined ? `unix://${join(folder, 'redis.sock')}` : `redis://${machine.address}:${port}`;
  }

  static async start(options: TestRedisOptions = {}): Promise<TestRedis> {
    const redis = new TestRedis(await mkdtemp(join(tmpdir(), 'veilcast-redis-')), options);
    await redis.restart();
    return redis;
  }

  /** Starts the server again on the same socket and folder. */
  async restart(): Promise<void> {
    const aof = this.#persistent ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
    const machine = this.#machine;
    const place =
      machine === undefined
        ? ['--port', '0', '--unixsocket', join(this.#folder, 'redis.sock')]
        : ['--port', String(port), '--bind', machine.address, '--protected-mode', 'no'];
    const log = this.#logFile === undefined ? [] : ['--logfile', this.#logFile, '--loglevel', 'debug'];
    const program = ['redis-server', ...place, '--dir', this.#folder, '--save', '', ...aof, ...log];
    const [command = '', ...args] = machine ? ['ip', 'netns', 'exec', machine.namespace, ...program] : program;
    this.#server = spawn(command, args, { stdio: 'ignore' });
    const server = this.#server;
    killWithUs(server);
    const probe = createClient({ url: this.url, socket: { reconnectStrategy: 20 } });
    probe.on('error', () => undefined);
    await probe.connect();
    await waitFor('Redis to have loaded its data', async () => (await probe.ping().catch(() => '')) === 'PONG');
    probe.destroy();
  }

  /** As a crash: SIGKILL. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.ref();
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  }

  /** What was written is gone: the next start begins empty. */
  async lose(): Promise<void> {
    await rm(join(this.#folder, 'appendonlydir'), { recursive: true, force: true });
  }

  /** Keeps its sockets open and answers nothing. */
  freeze(): void {
    this.#server?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#server?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** A connected client for the test's own look at the data; the caller destroys it. */
  async look(): Promise<ReturnType<typeof redisClient>> {
    const client = redisClient(this.url);
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** Every key there is, sorted. */
  async keys(): Promise<string[]> {
    const client = await this.look();
    try {
      const found: string[] = [];
      for await (const page of client.scanIterator({ COUNT: 1000 })) found.push(...page);
      return found.sort();
    } finally {
      client.destroy();
    }
  }
}

export const randomPrefix = (): string => `t${randomBytes(6).toString('hex')}`;
/** 22 characters, as the identifiers of the product end. */
export const randomTail = (): string => randomBytes(17).toString('base64url').slice(0, 22);

export function startTestRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  return TestRedis.start(options);
}

/** A queue's own bookkeeping, which comes and goes by itself: no trace of any call. */
const bookkeeping = /:jobs:[a-z]+:(events|id|meta|marker|stalled|stalled-check|repeat|repeat:sweep(:\d+)?)$/;

/**
 * What outlives a call on purpose, for a time of its own: leases, remembered answers, what a caller's ringing used up, records.
 */
const remembered = /:node:[^:]+:lease$|:once:|:ringing$|:records?$|:history$/;

/** Keys that calls leave behind if anything does. */
export function tracesOfCalls(keys: readonly string[]): string[] {
  return keys.filter((key) => !bookkeeping.test(key) && !remembered.test(key));
}

/** One redis-server on a port of loopback, or of a machine of its own: a child that is ended by its own pid. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redisClient } from '../../../src/adapters/redis/connection/client.ts';
import type { RedisClient } from '../../../src/adapters/redis/connection/client.ts';
import { withRedisTimeout } from '../../../src/adapters/redis/connection/redisTimeout.ts';
import { killWithUs } from '../processes/killWithUs.ts';
import type { Machine } from '../processes/serverProcess.ts';

/** A busy machine starts six servers with TLS at once. */
const answersWithinMs = 30_000;

export interface RedisServerOptions {
  readonly port: number;
  /** Of its configuration file, which sentinels and nodes of a cluster rewrite. */
  readonly lines: readonly string[];
  readonly args?: readonly string[];
  readonly machine?: Machine | undefined;
  /** `user:password@` of whoever looks at it. */
  readonly credentials?: string | undefined;
}

export class RedisServer {
  readonly port: number;
  readonly host: string;
  readonly #folder: string;
  readonly #options: RedisServerOptions;
  #child: ChildProcess | undefined;

  private constructor(folder: string, options: RedisServerOptions) {
    this.port = options.port;
    this.host = options.machine?.address ?? '127.0.0.1';
    this.#folder = folder;
    this.#options = options;
  }

  static async start(options: RedisServerOptions): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'veilcast-redis-'));
    const server = new RedisServer(folder, options);
    const all = [`port ${server.port}`, `bind ${server.host}`, 'protected-mode no', `dir ${folder}`, ...options.lines];
    await writeFile(join(folder, 'redis.conf'), `${all.join('\n')}\n`);
    await server.restart();
    return server;
  }

  async restart(): Promise<void> {
    const { args = [], machine } = this.#options;
    const program = ['redis-server', join(this.#folder, 'redis.conf'), ...args];
    const [command = '', ...rest] = machine ? ['ip', 'netns', 'exec', machine.namespace, ...program] : program;
    const child = spawn(command, rest, { stdio: 'ignore' });
    this.#child = child;
    killWithUs(child);
    const ended = once(child, 'exit').then(() => {
      throw new Error(`the redis-server on port ${this.port} ended before it answered`);
    });
    await Promise.race([this.asked((client) => client.sendCommand(['PING'])), ended]);
  }

  /** Asks it over a connection of its own, as soon as it answers. Throws when that takes too long. */
  async asked<T>(question: (client: RedisClient) => Promise<T>): Promise<T> {
    const client = redisClient(`redis://${this.#options.credentials ?? ''}${this.host}:${this.port}`);
    client.on('error', () => undefined);
    try {
      await withRedisTimeout(answersWithinMs, client.connect());
      return await question(client);
    } finally {
      client.destroy();
    }
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** As a crash: SIGKILL. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

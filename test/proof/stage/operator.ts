/** What the operator has: Redis at every second, what every process wrote, metrics, webhooks, and answers of the API. */
import { readFile } from 'node:fs/promises';
import { RESP_TYPES } from 'redis';
import { request } from '../../support/participant/person.ts';
import type { TestRedis } from '../../support/redis/redis.ts';
import { adminHeaders } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import type { WebhookReceiver } from '../../support/webhookReceiver.ts';
import type { Evidence } from '../judge/evidence.ts';
import type { Front } from '../network/front.ts';
import { clients } from './people.ts';

export interface OperatorOptions {
  readonly evidence: Evidence;
  readonly redis: TestRedis;
  readonly redisLog: string;
  readonly server: ServerProcess;
  readonly front: Front;
  readonly webhooks: WebhookReceiver;
}

const everyMs = 1_000;
const holder = 'operator';

type Looking = Awaited<ReturnType<TestRedis['look']>>;
/** Everything as the bytes that it is. */
const binary = (client: Looking) =>
  client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.SIMPLE_STRING]: Buffer });
type BinaryClient = ReturnType<typeof binary>;

export class Operator {
  readonly #options: OperatorOptions;
  readonly #client: Looking;
  readonly #binary: BinaryClient;
  #timer: NodeJS.Timeout | undefined;
  #sampling: Promise<void> = Promise.resolve();
  #logRead = 0;
  #redisLogRead = 0;
  #webhooksRead = 0;
  /** How often Redis was read in full. */
  samples = 0;
  /** What went wrong while sampling: nothing may. */
  readonly problems: string[] = [];

  private constructor(options: OperatorOptions, client: Looking) {
    this.#options = options;
    this.#client = client;
    this.#binary = binary(client);
  }

  static async start(options: OperatorOptions): Promise<Operator> {
    const operator = new Operator(options, await options.redis.look());
    operator.#timer = setInterval(() => {
      operator.#sampling = operator.#sampling.then(() => operator.sample());
    }, everyMs);
    return operator;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sampling;
    this.#client.destroy();
  }

  async sample(): Promise<void> {
    try {
      await this.#readRedis();
      await this.readLogs();
      await this.#readMetrics();
      await this.#readApi();
      this.#readWebhooks();
      this.samples += 1;
    } catch (error) {
      this.problems.push(String(error));
    }
  }

  async readLogs(): Promise<void> {
    const { evidence, server, front, redisLog } = this.#options;
    const logs = server.logs();
    evidence.add({ holder, what: 'logs of the server and its workers' }, logs.slice(this.#logRead));
    this.#logRead = logs.length;
    evidence.addOnce({ holder, what: 'what the relay wrote' }, front.logs());
    const written = await readFile(redisLog, 'utf8');
    evidence.add({ holder, what: 'log of Redis' }, written.slice(this.#redisLogRead));
    this.#redisLogRead = written.length;
  }

  async #readRedis(): Promise<void> {
    const { evidence } = this.#options;
    for await (const page of this.#client.scanIterator({ COUNT: 1000 })) {
      for (const key of page) {
        const isFailedJobs = key.endsWith(':failed');
        const what = isFailedJobs ? 'failed jobs in Redis' : 'keys and values in Redis';
        evidence.addOnce({ holder, what }, key);
        for (const value of flat(await this.#read(key))) evidence.addOnce({ holder, what }, value);
      }
    }
  }

  async #read(key: string): Promise<unknown> {
    const client = this.#binary;
    const read: Readonly<Record<string, (() => Promise<unknown>) | undefined>> = {
      string: () => client.get(key),
      hash: () => client.hGetAll(key),
      list: () => client.lRange(key, 0, -1),
      set: () => client.sMembers(key),
      zset: () => client.zRange(key, 0, -1),
      stream: () => client.xRange(key, '-', '+'),
    };
    const type = await this.#client.type(key);
    // Gone between the two questions.
    if (type === 'none') return undefined;
    const one = read[type];
    if (one === undefined) throw new Error(`a key of the type ${type}`);
    return one();
  }

  async #readMetrics(): Promise<void> {
    const answer = await fetch(`${this.#options.server.adminUrl}/metrics`, { headers: adminHeaders });
    for (const line of (await answer.text()).split('\n')) {
      this.#options.evidence.addOnce({ holder, what: 'metrics' }, line);
    }
  }

  async #readApi(): Promise<void> {
    const { evidence, server } = this.#options;
    const paths = ['/v1/calls', '/v1/users', '/v1/webhook-endpoints', ...clients.map((id) => `/v1/users/${id}/calls`)];
    for (const path of [...paths, ...clients.map((id) => `/v1/users/${id}/export`)]) {
      const { body } = await request(`${server.url}${path}`, { credential: server.apiKey });
      evidence.addOnce({ holder, what: 'answers of the API to the app’s backend' }, JSON.stringify(body ?? ''));
    }
  }

  #readWebhooks(): void {
    const { evidence, webhooks } = this.#options;
    for (const { headers, body } of webhooks.received.slice(this.#webhooksRead)) {
      evidence.add({ holder, what: 'webhooks' }, `${JSON.stringify(headers)}\n${body}`);
    }
    this.#webhooksRead = webhooks.received.length;
  }
}

/** Every key and value in it, as text of one byte a letter, so that no byte is lost. */
function flat(value: unknown): readonly string[] {
  if (Buffer.isBuffer(value)) return [value.toString('latin1')];
  if (typeof value === 'string' || typeof value === 'number') return [String(value)];
  if (Array.isArray(value)) return value.flatMap(flat);
  if (value instanceof Map) return [...value].flatMap(flat);
  if (typeof value === 'object' && value !== null) return Object.entries(value).flatMap(flat);
  return [];
}

/** Redis, nodes, lifecycle workers and the app's backend, each on a machine of its own. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { request } from '../../support/participant/person.ts';
import type { RedisKind } from '../../support/redis/redisKinds.ts';
import { startServerProcess, urlOn } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { WebhookReceiver } from '../../support/webhookReceiver.ts';
import { Diary } from '../clients/diary.ts';
import { machineOf, onLoopback } from './machines.ts';
import type { MachineName } from './machines.ts';
import { redisPrefix, startStore } from './store.ts';
import type { Store } from './store.ts';

export const nodeNames = ['node1', 'node2', 'node3'] as const;
export type NodeName = (typeof nodeNames)[number];

export interface StageOptions {
  readonly run: number;
  /** How many there are in all, and how many of them run at first. */
  readonly nodes: number;
  readonly running?: number;
  readonly redis?: RedisKind;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whose bundles run: this checkout's, unless it is told. */
  readonly checkout?: string | undefined;
  readonly ofNode?: (name: NodeName) => Readonly<Record<string, string>>;
}

const folder = resolve('.tmp/chaos');
/** Several at once on a busy machine. */
const readyWithinMs = 120_000;
/** A ring outlasts the longest outage that is tried. */
const ringTimeoutMs = 120_000;

export class Stage {
  readonly run: number;
  readonly store: Store;
  readonly webhooks: WebhookReceiver;
  readonly diary = new Diary();
  readonly clientAddress: string;
  readonly nodes = new Map<NodeName, ServerProcess>();
  jobs: ServerProcess | undefined;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #checkout: string | undefined;
  readonly #ofNode: NonNullable<StageOptions['ofNode']>;
  readonly #nodes: number;
  readonly #gone: (readonly [string, string])[] = [];

  private constructor(options: StageOptions, store: Store, webhooks: WebhookReceiver) {
    this.run = options.run;
    this.store = store;
    this.webhooks = webhooks;
    this.clientAddress = options.run === onLoopback ? '127.0.0.1' : machineOf(options.run, 'clients').address;
    this.#environment = options.environment ?? {};
    this.#checkout = options.checkout;
    this.#ofNode = options.ofNode ?? (() => ({}));
    this.#nodes = options.nodes;
  }

  static async set(options: StageOptions): Promise<Stage> {
    const { run, redis = 'one', nodes, running = nodes } = options;
    const isLocal = run === onLoopback;
    const store = await startStore(redis, isLocal ? undefined : machineOf(run, 'redis'));
    const webhooks = await WebhookReceiver.start(0, isLocal ? undefined : machineOf(run, 'clients').address);
    const stage = new Stage(options, store, webhooks);
    try {
      await Promise.all([stage.startJobs(), ...nodeNames.slice(0, running).map((name) => stage.startNode(name))]);
      await stage.subscribeWebhooks();
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  /** Of all nodes, also of those that do not run yet or no more: a client tries one after the other. */
  get urls(): readonly string[] {
    if (this.run === onLoopback) return [...this.nodes.values()].map(({ url }) => url);
    return nodeNames.slice(0, this.#nodes).map((name) => urlOn(machineOf(this.run, name)));
  }

  node(name: NodeName): ServerProcess {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`${name} does not run`);
    return node;
  }

  async startNode(name: NodeName): Promise<ServerProcess> {
    const own = { VEILCAST_LIFECYCLE_IN_PROCESS: 'false', ...this.#ofNode(name) };
    const node = await this.#start(name, 'dist/server.js', own);
    this.nodes.set(name, node);
    return node;
  }

  /** As a machine that loses its power. Its log is kept. */
  async killNode(name: NodeName): Promise<void> {
    const node = this.node(name);
    this.nodes.delete(name);
    await node.kill();
    this.#gone.push([`${name}.${this.#gone.length}.log`, node.logs()]);
  }

  /** Asks it to stop, by a signal or on its admin port, and waits until it has; answers its exit code. */
  async stopNode(name: NodeName, by: 'stop' | 'drain' = 'stop'): Promise<number | null> {
    const node = this.node(name);
    const exitCode = await node[by]();
    this.nodes.delete(name);
    this.#gone.push([`${name}.${this.#gone.length}.log`, node.logs()]);
    return exitCode;
  }

  async startJobs(): Promise<ServerProcess> {
    this.jobs = await this.#start('jobs', 'dist/workers.js', {});
    return this.jobs;
  }

  /** More lifecycle workers, on a machine that has no node; whoever starts them ends them. */
  startMoreJobs(machine: MachineName, environment: Readonly<Record<string, string>>): Promise<ServerProcess> {
    return this.#start(machine, 'dist/workers.js', environment);
  }

  /** An endpoint is data of the store: one that was lost with it is given anew. */
  async subscribeWebhooks(url = this.webhooks.url): Promise<void> {
    const [node] = this.nodes.values();
    if (node === undefined) throw new Error('no node runs');
    const body = { url };
    const options = { method: 'POST', credential: node.apiKey, body };
    const { status } = await request(`${node.url}/v1/webhook-endpoints`, options);
    if (status !== 201) throw new Error(`the webhook endpoint was refused: ${status}`);
  }

  /** What everybody wrote, for people to read when something is wrong. */
  async keep(): Promise<void> {
    await mkdir(folder, { recursive: true });
    for (const [name, text] of this.#written()) await writeFile(join(folder, name), text);
  }

  async close(): Promise<void> {
    await this.keep();
    const running = [...this.nodes.values(), ...(this.jobs === undefined ? [] : [this.jobs])];
    await Promise.all(running.map((one) => one.kill()));
    await this.webhooks.stop();
    await this.store.stop();
  }

  #written(): readonly (readonly [string, string])[] {
    const diary = this.diary.entries.map((entry) => JSON.stringify(entry)).join('\n');
    const hooks = this.webhooks.received.map(({ headers: _, ...hook }) => JSON.stringify(hook)).join('\n');
    const logs = [...this.nodes].map(([name, node]) => [`${name}.log`, node.logs()] as const);
    return [
      ['diary.jsonl', diary],
      ['webhooks.jsonl', hooks],
      ['jobs.log', this.jobs?.logs() ?? ''],
      ...logs,
      ...this.#gone,
    ];
  }

  #start(name: MachineName, bundle: string, environment: Readonly<Record<string, string>>): Promise<ServerProcess> {
    return startServerProcess({
      redisUrl: this.store.url,
      redisPrefix,
      bundle,
      readyWithinMs,
      ...(this.run === onLoopback ? {} : { machine: machineOf(this.run, name) }),
      ...(this.#checkout === undefined ? {} : { checkout: this.#checkout }),
      environment: {
        VEILCAST_RING_TIMEOUT_MS: String(ringTimeoutMs),
        VEILCAST_LOG_LEVEL: 'info',
        VEILCAST_GROUP_MAX_PARTICIPANTS: '100',
        ...this.#environment,
        ...environment,
      },
    });
  }
}

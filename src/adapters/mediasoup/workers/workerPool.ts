/** The media workers of this node, one per core: supervised, replaced when they die, chosen by measured load. */
import { CallError } from '../../../domain/kernel/errors.ts';
import type { Log } from '../../../ports/system/log.ts';
import type { Ask } from './workerRequests.ts';
import { looseEnds } from './confinement.ts';
import type { Confinement } from './confinement.ts';
import { MediaWorker } from './mediaWorker.ts';
import type { MediaPort } from './mediaWorker.ts';
import { exponentialMs } from '../../../support/backoff.ts';

export interface WorkerPoolOptions {
  readonly count: number;
  /** Worker `i` listens on `firstPort + i`. */
  readonly firstPort: number;
  readonly mediaPort: Omit<MediaPort, 'port'>;
  readonly workerBin?: string | undefined;
  readonly confinement?: Confinement | undefined;
  readonly ask: Ask;
  readonly log: Log;
}
/** A router's place on a worker, until it is given back. */
export interface WorkerLease {
  readonly worker: MediaWorker;
  /** Consumers of this router; the code that makes and ends them counts. */
  consumers: number;
  /** Share of a core that the worker uses, plus the estimate for what was placed since. */
  readonly share: number;
  release(): void;
}
export interface Wish {
  /** Workers to leave out. */
  readonly besides?: readonly MediaWorker[];
  /** Leave out workers that use more of their core. */
  readonly maxShare?: number;
}
export interface WorkerLoad {
  readonly worker: number;
  readonly cpuSeconds: number;
  readonly broadcasts: number;
}

interface Slot {
  readonly index: number;
  readonly port: number;
  worker: MediaWorker | undefined;
  broadcasts: number;
  /** Of all routers, paused ones too: they will flow later. */
  consumers: number;
  /** Estimated share of a core placed since the last measurement. */
  fresh: number;
  cpu: { readonly seconds: number; readonly at: number } | undefined;
  /** Share of a core in the last measurement. */
  share: number;
  silentSince: number | undefined;
  failures: number;
}

const measureEveryMs = 1_000;
/** A worker with a full core starves its own requests: refuse new broadcasts earlier. */
const fullShare = 0.9;
/** Estimates for a new router and a new consumer until they are measured: about 1,800 consumers fill a core. */
const guessedShare = { router: 0.01, consumer: 0.0005 } as const;
const silenceLimitMs = 30_000;
const backoff = { firstMs: 100, longestMs: 10_000 } as const;

export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #slots: readonly Slot[];
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed = false;
  #inspected = false;

  private constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.count }, (_, index) => ({
      index,
      port: options.firstPort + index,
      worker: undefined,
      broadcasts: 0,
      consumers: 0,
      fresh: 0,
      cpu: undefined,
      share: 0,
      silentSince: undefined,
      failures: 0,
    }));
  }

  static async create(options: WorkerPoolOptions): Promise<WorkerPool> {
    const pool = new WorkerPool(options);
    try {
      await Promise.all(pool.#slots.map((slot) => pool.#start(slot)));
    } catch (error) {
      await pool.close();
      throw error;
    }
    pool.#later(measureEveryMs, () => pool.#measure());
    return pool;
  }

  /** The least loaded healthy worker. It counts one more broadcast until `release`. */
  take({ besides = [], maxShare = fullShare }: Wish = {}): WorkerLease {
    const healthy = this.#slots.filter(({ worker }) => worker !== undefined && !worker.closed);
    if (healthy.length === 0) throw new CallError('unavailable', { retryAfterMs: backoff.firstMs * 5 });
    const [slot] = healthy
      .filter((one) => one.worker !== undefined && !besides.includes(one.worker) && expected(one) < maxShare)
      .toSorted((a, b) => outlook(a) - outlook(b) || a.broadcasts - b.broadcasts);
    if (slot?.worker === undefined) throw new CallError('overloaded', { retryAfterMs: measureEveryMs });
    slot.broadcasts += 1;
    slot.fresh += guessedShare.router;
    return leaseOf(slot, slot.worker);
  }

  async load(): Promise<readonly WorkerLoad[]> {
    const loads = this.#slots.map(async ({ index, worker, broadcasts }): Promise<WorkerLoad[]> => {
      if (worker === undefined) return [];
      try {
        return [{ worker: index, cpuSeconds: await worker.cpuSeconds(), broadcasts }];
      } catch {
        return [];
      }
    });
    return (await Promise.all(loads)).flat();
  }

  /** Share of their cores that all workers use; a missing one counts as full. */
  share(): number {
    const shares = this.#slots.map((slot) => (slot.worker === undefined ? 1 : Math.min(1, expected(slot))));
    return shares.reduce((sum, share) => sum + share, 0) / shares.length;
  }

  /** Worker processes by index; undefined while one is replaced. */
  workers(): readonly (MediaWorker | undefined)[] {
    return this.#slots.map(({ worker }) => worker);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    await Promise.all(this.#slots.flatMap(({ worker }) => (worker === undefined ? [] : [worker.close()])));
  }

  async #start(slot: Slot): Promise<void> {
    const { mediaPort, workerBin, confinement, ask } = this.#options;
    const worker = await MediaWorker.create({
      mediaPort: { ...mediaPort, port: slot.port },
      workerBin,
      confinement,
      ask,
    });
    if (confinement !== undefined) await this.#inspect(worker);
    if (this.#closed) {
      await worker.close();
      return;
    }
    Object.assign(slot, { worker, broadcasts: 0, consumers: 0, fresh: 0, cpu: undefined, share: 0 });
    slot.silentSince = undefined;
    worker.onDied(() => {
      slot.worker = undefined;
      this.#options.log.error('a media worker died', { pid: worker.pid, port: slot.port });
      this.#replace(slot);
    });
    this.#options.log.info('a media worker runs', { pid: worker.pid, port: slot.port });
  }

  /** Reports rights that the launcher could not remove on this system, once per node. */
  async #inspect(worker: MediaWorker): Promise<void> {
    const found = await looseEnds(worker.pid);
    if (found.length === 0 || this.#inspected) return;
    this.#inspected = true;
    this.#options.log.warn(
      'the media worker has more rights than it needs: install util-linux, which can take them away',
      {
        reason: found.join('; '),
      },
    );
  }

  #replace(slot: Slot): void {
    const waitMs = exponentialMs(backoff, slot.failures);
    slot.failures += 1;
    this.#later(waitMs, async () => {
      try {
        await this.#start(slot);
      } catch (error) {
        this.#options.log.error('failed to replace a media worker', { port: slot.port, error });
        this.#replace(slot);
      }
    });
  }

  async #measure(): Promise<void> {
    await Promise.all(this.#slots.map((slot) => this.#measureOne(slot)));
    this.#later(measureEveryMs, () => this.#measure());
  }

  async #measureOne(slot: Slot): Promise<void> {
    const { worker } = slot;
    if (worker === undefined) return;
    try {
      const seconds = await worker.cpuSeconds();
      const at = performance.now();
      if (slot.cpu !== undefined) slot.share = ((seconds - slot.cpu.seconds) * 1000) / (at - slot.cpu.at);
      slot.cpu = { seconds, at };
      slot.fresh = 0;
      slot.silentSince = undefined;
      // It has lived until a measurement: after its next death the back-off starts again.
      slot.failures = 0;
    } catch {
      this.#silent(slot, worker);
    }
  }

  /** A worker that does not answer gets no new broadcasts, and is killed if it stays silent. */
  #silent(slot: Slot, worker: MediaWorker): void {
    if (slot.worker !== worker) return;
    slot.share = 1;
    slot.silentSince ??= performance.now();
    if (performance.now() - slot.silentSince < silenceLimitMs) return;
    this.#options.log.error('a media worker does not answer and is killed', { pid: worker.pid, port: slot.port });
    worker.kill();
  }

  #later(afterMs: number, act: () => Promise<void>): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void act();
    }, afterMs);
    timer.unref();
    this.#timers.add(timer);
  }
}

/** Estimate of what the worker uses now. */
function expected({ share, fresh }: Slot): number {
  return share + fresh;
}

/** Estimate of later use: calls that still ring cost nothing yet. */
function outlook(slot: Slot): number {
  return Math.max(expected(slot), slot.consumers * guessedShare.consumer);
}

/** After its worker was replaced, a slot ignores leases of the old one. */
function leaseOf(slot: Slot, worker: MediaWorker): WorkerLease {
  let consumers = 0;
  let taken = true;
  return {
    worker,
    get consumers() {
      return consumers;
    },
    set consumers(now: number) {
      const more = now - consumers;
      consumers = now;
      if (!taken || slot.worker !== worker) return;
      slot.consumers += more;
      if (more > 0) slot.fresh += more * guessedShare.consumer;
    },
    get share() {
      return slot.worker === worker ? expected(slot) : 1;
    },
    release: () => {
      if (taken && slot.worker === worker) {
        slot.broadcasts -= 1;
        slot.consumers -= consumers;
      }
      taken = false;
    },
  };
}

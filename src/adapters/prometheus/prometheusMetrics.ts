/** CallMetrics on prom-client; some values are read from their sources at each scrape. */
import { Registry } from 'prom-client';
import type { LiveCall } from '../../domain/call/call.ts';
import type { CallCommandName } from '../../domain/call/commands.ts';
import type { DeadlineKind } from '../../domain/call/deadlines.ts';
import type { ErrorCode } from '../../domain/kernel/errors.ts';
import type { CallEvent } from '../../domain/call/events.ts';
import type { SendFailure } from '../../domain/webhooks/webhook.ts';
import type { CallMetrics, Edge, WebhookMetrics } from '../../ports/system/callMetrics.ts';
import type { ConnectionCut, ConnectionEdge, ConnectionMetrics } from '../../ports/system/connectionMetrics.ts';
import type { CallIndex } from '../../ports/call/callIndex.ts';
import type { LifecycleSchedule } from '../../ports/call/lifecycleSchedule.ts';
import { declareMetrics } from './declaredMetrics.ts';
import type { Declared } from './declaredMetrics.ts';
import { collectProcessMetrics } from './processMetrics.ts';
import { within } from '../../support/deadline.ts';

/** What this node's media plane holds now. */
export interface MediaUsage {
  readonly broadcasts: number;
  readonly sessions: number;
  readonly transports: number;
  readonly producers: number;
  readonly consumers: number;
  /** CPU time of each worker since it began. `worker` is its number on this node. */
  readonly workers: readonly { readonly worker: number; readonly cpuSeconds: number }[];
}

export interface PrometheusMetricsOptions {
  readonly countByPhase?: CallIndex['countByPhase'];
  readonly queueDepth?: LifecycleSchedule['depth'];
  readonly mediaUsage?: () => Promise<MediaUsage> | MediaUsage;
  /** Which media worker runs; it never changes while this process lives. */
  readonly mediaWorker?: { readonly origin: string; readonly recipe: number; readonly version: string };
  /** How full this node is, from 0 to 1, by kind of load. */
  readonly nodeLoad?: () => { readonly [Of in (typeof loadKinds)[number]]: number };
  /** A source that takes longer is left out of the scrape. */
  readonly sourceLimitMs?: number;
  /**
   * The process's own metrics (event loop lag, memory, CPU). On by default; tests with many instances turn them off.
   */
  readonly processMetrics?: boolean;
}

const loadKinds = ['workers', 'eventLoop', 'memory'] as const;

const seconds = (milliseconds: number): number => milliseconds / 1000;

export class PrometheusMetrics implements CallMetrics, ConnectionMetrics, WebhookMetrics {
  readonly #registry = new Registry();
  readonly #declared: Declared;
  readonly #options: PrometheusMetricsOptions;

  constructor(options: PrometheusMetricsOptions = {}) {
    this.#options = options;
    this.#declared = declareMetrics(this.#registry);
    const { mediaWorker } = options;
    if (mediaWorker !== undefined)
      this.#declared.mediaWorker.set({ ...mediaWorker, recipe: String(mediaWorker.recipe) }, 1);
    if (options.processMetrics ?? true) collectProcessMetrics(this.#registry);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  decided(command: CallCommandName, outcome: 'changed' | 'refused' | 'ignored'): void {
    this.#declared.decisions.inc({ command, outcome });
  }

  happened(event: CallEvent): void {
    this.#declared.events.inc({ type: event.type });
    if (event.type === 'call.ended') this.#declared.ended.inc({ reason: event.reason });
  }

  refused(edge: Edge, code: ErrorCode): void {
    this.#declared.refusals.inc({ edge, code });
  }

  observed(step: 'join' | 'setUp', durationMs: number): void {
    this.#declared[step].observe(seconds(durationMs));
  }

  answered(route: string, status: number, durationMs: number): void {
    this.#declared.http.observe({ route, status }, seconds(durationMs));
  }

  timerFired(kind: DeadlineKind, latenessMs: number): void {
    this.#declared.lateness.observe({ kind }, seconds(Math.max(0, latenessMs)));
  }

  phaseLeft(phase: LiveCall['phase'], afterMs: number): void {
    this.#declared.phase.observe({ phase }, seconds(afterMs));
  }

  webhookSent(outcome: 'accepted' | SendFailure): void {
    this.#declared.webhooks.inc({ outcome });
  }

  webhookDied(count = 1): void {
    this.#declared.deadLetters.inc(count);
  }

  webhookEndpoints({ silent, disabled }: { readonly silent: number; readonly disabled: number }): void {
    this.#declared.webhookEndpoints.set({ state: 'silent' }, silent);
    this.#declared.webhookEndpoints.set({ state: 'disabled' }, disabled);
  }

  connectionCut(edge: ConnectionEdge, why: ConnectionCut): void {
    this.#declared.connectionsCut.inc({ edge, why });
  }

  /** The exposition text, in bounded time whatever the sources do. */
  async text(): Promise<string> {
    const { countByPhase, queueDepth, mediaUsage, nodeLoad } = this.#options;
    const load = nodeLoad?.();
    if (load !== undefined) for (const of of loadKinds) this.#declared.nodeLoad.set({ of }, load[of]);
    await Promise.all([
      this.#read('calls', countByPhase, (counts) => {
        this.#showCalls(counts);
      }),
      this.#read('queue', queueDepth, (depth) => {
        this.#showQueue(depth);
      }),
      this.#read('media', mediaUsage, (usage) => {
        this.#showMedia(usage);
      }),
    ]);
    return this.#registry.metrics();
  }

  /** `show` gets undefined if the source fails: no gauge is better than an old one. */
  async #read<T>(
    source: 'calls' | 'queue' | 'media',
    read: (() => Promise<T> | T) | undefined,
    show: (value: T | undefined) => void,
  ): Promise<void> {
    if (read === undefined) {
      show(undefined);
      return;
    }
    try {
      show(await answered(this.#options.sourceLimitMs ?? 1_000, read));
    } catch {
      this.#declared.scrapeErrors.inc({ source });
      show(undefined);
    }
  }

  #showCalls(counts: Awaited<ReturnType<CallIndex['countByPhase']>> | undefined): void {
    const { calls } = this.#declared;
    calls.reset();
    if (counts === undefined) return;
    calls.set({ phase: 'ringing' }, counts.ringing);
    calls.set({ phase: 'active' }, counts.active);
  }

  #showQueue(depth: Awaited<ReturnType<LifecycleSchedule['depth']>> | undefined): void {
    this.#declared.queueJobs.reset();
    for (const [state, count] of Object.entries(depth ?? {})) this.#declared.queueJobs.set({ state }, count);
  }

  #showMedia(usage: MediaUsage | undefined): void {
    const { media, workerCpu } = this.#declared;
    workerCpu.reset();
    for (const kind of ['broadcasts', 'sessions', 'transports', 'producers', 'consumers'] as const) {
      if (usage === undefined) media[kind].remove();
      else media[kind].set(usage[kind]);
    }
    for (const { worker, cpuSeconds } of usage?.workers ?? []) workerCpu.inc({ worker }, cpuSeconds);
  }
}

function answered<T>(limitMs: number, read: () => Promise<T> | T): Promise<T> {
  return within(limitMs, Promise.resolve(read()), () => {
    throw new Error('the source did not answer in time');
  });
}

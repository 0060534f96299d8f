/**
 * Sends the messages that wait for webhook endpoints: first deliveries as the outbox processor offers them, retries
 * when a job wakes them, and lanes that nobody else takes care of, such as those of a dead process. Each endpoint has
 * its own share of attempts, so that a slow or silent one delays no other. What is known here is bounded; the rest
 * stays in the store and is looked for.
 */
import type { WebhookEndpointId } from '../../domain/kernel/ids.ts';
import { longestWait } from '../../domain/webhooks/webhook.ts';
import type { WebhookEndpoint } from '../../domain/webhooks/webhook.ts';
import type { BreakerRules } from '../../domain/webhooks/breaker.ts';
import { nextToSend } from '../../domain/webhooks/fairness.ts';
import type { SendLimits } from '../../domain/webhooks/fairness.ts';
import type { Delivered, Delivery } from './deliverWebhook.ts';
import { endOfDisabled } from './disableEndpoint.ts';
import type { CallMetrics, WebhookMetrics } from '../../ports/system/callMetrics.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { Log } from '../../ports/system/log.ts';
import type { EndpointLanes, SendOutcome, WebhookEndpoints } from '../../ports/webhooks/webhooks.ts';
import { EndpointQueue, urgentForMs } from './endpointQueue.ts';
import type { Offered } from './endpointQueue.ts';
import { within } from '../../support/deadline.ts';
import { singleFlight } from '../../support/singleFlight.ts';
import { WorkFaults } from '../call/workFaults.ts';

export interface WebhookDispatcherOptions {
  readonly endpoints: Pick<WebhookEndpoints, 'list'>;
  readonly lanes: EndpointLanes;
  readonly deliver: (delivery: Delivery) => Promise<Delivered>;
  readonly limits: SendLimits;
  readonly breaker: BreakerRules;
  readonly waitsMs: readonly number[];
  readonly clock: Clock;
  readonly metrics: Pick<CallMetrics, 'refused'> & Pick<WebhookMetrics, 'webhookDied' | 'webhookEndpoints'>;
  readonly log: Log;
  /** Holds the lanes. No other process has the same. */
  readonly holder: string;
  readonly lookEveryMs?: number;
  /** A message that is due for this long was taken by nobody else. */
  readonly adoptAfterMs?: number;
  readonly maxLanes?: number;
}

const lookEveryMs = 500;
const adoptAfterMs = 3_000;
/** Found in one look. More than a few processes have running, so that running ones do not hide the rest. */
const maxFound = 256;
/** With fewer waiting, a process looks for more. */
const fewWaiting = 64;
const foundForProbe = 8;
/** After this many messages of one call another lane has its turn. */
const maxInARow = 20;
/** The hold of a lane lasts longer than a few of these. */
const keepEveryMs = 1_500;
/** Per endpoint, in the store: a lane takes a few kilobytes there. It equals the limit of dead letters. */
const maxLanes = 100_000;
/** Steps of clearing in one look; the rest follows in the next. */
const clearingSteps = 40;

export class WebhookDispatcher {
  readonly #options: WebhookDispatcherOptions;
  readonly #faults: WorkFaults;
  readonly #queues = new Map<WebhookEndpointId, EndpointQueue>();
  readonly #running = new Set<Promise<void>>();
  #last: WebhookEndpointId | undefined;
  #timers: readonly NodeJS.Timeout[] = [];
  readonly #looked = singleFlight(() => this.#lookAround());
  #isStopping = false;

  constructor(options: WebhookDispatcherOptions) {
    this.#options = options;
    this.#faults = new WorkFaults(options);
  }

  start(): void {
    const look = setInterval(() => {
      this.#track(this.#looked());
    }, this.#options.lookEveryMs ?? lookEveryMs);
    const keep = setInterval(() => {
      void this.#guarded(() => this.#keepLanes());
    }, keepEveryMs);
    this.#timers = [look, keep];
  }

  /** What is running ends within the bound; other processes find the rest. */
  async stop(withinMs: number): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#timers[0]);
    for (const queue of this.#queues.values()) queue.forgetWaiting();
    await within(withinMs, Promise.all(this.#running), () => undefined);
    clearInterval(this.#timers[1]);
  }

  /** Never waits for a receiver. */
  offer(offered: Offered): void {
    if (this.#isStopping) return;
    this.#queueOf(offered.lane.endpointId).offer(offered, performance.now());
    this.#startNext();
  }

  #queueOf(id: WebhookEndpointId): EndpointQueue {
    const queue = this.#queues.get(id) ?? new EndpointQueue(id, this.#options.breaker);
    this.#queues.set(id, queue);
    return queue;
  }

  #startNext(): void {
    while (!this.#isStopping) {
      const now = performance.now();
      const busy = [...this.#queues.values()].filter((queue) => !queue.isIdle);
      const loads = busy.map((queue) => queue.load(now));
      const next = nextToSend(loads, this.#last, this.#options.limits);
      const queue = next && this.#queues.get(next.id);
      const offered = next && queue?.begin(next.urgent, now);
      if (queue === undefined || offered === undefined) return;
      this.#last = queue.id;
      this.#track(this.#run(queue, offered));
    }
  }

  /** For `stop`, which waits for what is under way. */
  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  async #run(queue: EndpointQueue, offered: Offered): Promise<void> {
    const { deliver, holder } = this.#options;
    let beganAt = performance.now();
    let attempts = 0;
    const attempted = (outcome: SendOutcome): boolean => {
      const now = performance.now();
      this.#noted(queue, outcome, { beganAt, now });
      [beganAt, attempts] = [now, attempts + 1];
      return !this.#isStopping && attempts < maxInARow && queue.allowed(now) === 'all';
    };
    const { lane, woken } = offered;
    const mayContinue = (): boolean => !this.#isStopping;
    const delivery = { lane, holder, attempted, mayContinue, ...(woken === undefined ? {} : { woken }) };
    const ended = await this.#guarded(() => deliver(delivery));
    const again = queue.finish(offered);
    if (attempts === 0) queue.notTried(performance.now());
    if (ended === undefined) queue.moreWaits = true;
    if (ended === 'more') this.offer({ lane, urgent: offered.urgent });
    else if (again !== undefined) this.offer(again);
    this.#startNext();
    if (!queue.moreWaits || ended === undefined || ended === 'busy') return;
    await this.#look(queue);
    this.#startNext();
  }

  #noted(queue: EndpointQueue, outcome: SendOutcome, { beganAt, now }: { beganAt: number; now: number }): void {
    const { log } = this.#options;
    const change = queue.attempted(outcome, beganAt, now);
    if (change === 'silent') {
      const reason = outcome.accepted ? '' : outcome.failure;
      log.warn('a webhook endpoint does not answer: only a few attempts are made', { endpointId: queue.id, reason });
    }
    if (change === 'answers') log.info('a webhook endpoint answers again', { endpointId: queue.id });
  }

  /** Undefined after a failure: its subject is found again later. */
  async #guarded<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#faults.failed('failed to deliver webhooks', error);
      return undefined;
    }
  }

  async #lookAround(): Promise<void> {
    const { endpoints, metrics } = this.#options;
    const listed = await this.#guarded(() => endpoints.list());
    if (listed === undefined) return;
    this.#forgetAllBut(new Set(listed.map(({ id }) => id)));
    await Promise.all(listed.map((endpoint) => this.#guarded(() => this.#lookAt(endpoint))));
    metrics.webhookEndpoints({
      silent: [...this.#queues.values()].filter(({ silent }) => silent !== undefined).length,
      disabled: listed.filter(({ disabled }) => disabled !== undefined).length,
    });
  }

  #forgetAllBut(listed: ReadonlySet<WebhookEndpointId>): void {
    for (const [id, queue] of this.#queues) {
      if (listed.has(id)) continue;
      // A new endpoint may have been offered before it was listed. The lanes of a removed one are dropped when they are
      // tried.
      if (queue.isIdle) this.#queues.delete(id);
    }
  }

  async #lookAt(endpoint: WebhookEndpoint): Promise<void> {
    const { clock, waitsMs } = this.#options;
    const queue = this.#queueOf(endpoint.id);
    const now = clock.now();
    const disabledEnd = endOfDisabled(endpoint, now);
    if (disabledEnd !== undefined) {
      queue.forgetWaiting();
      await this.#clear(endpoint.id, { end: disabledEnd });
      return;
    }
    const { silent } = queue;
    const end = { failure: silent?.failure ?? 'too_slow', diedAt: now } as const;
    if (silent !== undefined) await this.#clear(endpoint.id, { end, dueAt: now - longestWait(waitsMs) });
    await this.#clear(endpoint.id, { end, keep: this.#options.maxLanes ?? maxLanes });
    await this.#look(queue);
    this.#startNext();
  }

  async #clear(id: WebhookEndpointId, what: Parameters<EndpointLanes['clear']>[1]): Promise<void> {
    const { lanes, metrics, log } = this.#options;
    let count = 0;
    for (let step = 0; step < clearingSteps; step += 1) {
      const cleared = await lanes.clear(id, what);
      if (cleared === 0) break;
      count += cleared;
    }
    if (count === 0) return;
    metrics.webhookDied(count);
    log.warn('webhooks became dead letters: their endpoint does not answer', { endpointId: id, count });
  }

  /** Messages that are due in the store, as far as they are not known here. */
  async #look(queue: EndpointQueue): Promise<void> {
    const { lanes, clock, adoptAfterMs: adopt = adoptAfterMs } = this.#options;
    const allowed = queue.allowed(performance.now());
    const isFull = queue.waiting >= fewWaiting;
    if (this.#isStopping || queue.isLooking || allowed === 'none' || isFull) return;
    queue.isLooking = true;
    try {
      const now = clock.now();
      const max = allowed === 'one' ? foundForProbe : maxFound;
      const page = { dueAt: queue.moreWaits ? now : now - adopt, ringsSince: now - urgentForMs, max };
      const found = await this.#guarded(() => lanes.waiting(queue.id, page));
      if (found === undefined) return;
      const fresh = found.filter(({ callId, urgent }) => {
        const lane = { endpointId: queue.id, callId };
        return queue.offer({ lane, urgent }, performance.now());
      });
      queue.moreWaits = fresh.length > 0 && found.length === max;
    } finally {
      queue.isLooking = false;
    }
  }

  async #keepLanes(): Promise<void> {
    const now = performance.now();
    const held = [...this.#queues.values()].flatMap((queue) => queue.heldFor(keepEveryMs / 2, now));
    await this.#options.lanes.keep(held, this.#options.holder);
  }
}

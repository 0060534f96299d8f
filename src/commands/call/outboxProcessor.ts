/**
 * Carries out what saved transitions owe: takes entries from the outbox, plans the next look at a call, appends events
 * to the lanes of webhooks and offers them for delivery, stores the record of an ended call, and reports entries as
 * done. It waits for the store only, never for a receiver. An entry may come twice, and to two processors: every step
 * is safe to repeat.
 */
import type { EndedCall } from '../../domain/call/call.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { CallId } from '../../domain/kernel/ids.ts';
import type { Effect } from '../../domain/call/deadlines.ts';
import type { WebhookEndpoint } from '../../domain/webhooks/webhook.ts';
import type { Ready, EventsToSend } from '../webhooks/enqueueWebhooks.ts';
import type { CallMetrics } from '../../ports/system/callMetrics.ts';
import type { CallStore } from '../../ports/call/callStore.ts';
import type { LifecycleSchedule } from '../../ports/call/lifecycleSchedule.ts';
import type { Log } from '../../ports/system/log.ts';
import type { Outbox, OutboxEntry } from '../../ports/call/outbox.ts';
import { within } from '../../support/deadline.ts';
import { exponentialMs } from '../../support/backoff.ts';
import { wait } from '../../support/wait.ts';
import { WorkFaults } from './workFaults.ts';

export interface OutboxProcessorOptions {
  readonly outbox: Outbox;
  readonly schedule: Pick<LifecycleSchedule, 'look' | 'rest'>;
  readonly calls: Pick<CallStore, 'load'>;
  readonly keepRecord: (call: EndedCall) => Promise<void>;
  readonly webhooks: {
    readonly endpoints: () => Promise<readonly WebhookEndpoint[]>;
    readonly enqueue: (endpoints: readonly WebhookEndpoint[], change: EventsToSend) => Promise<readonly Ready[]>;
  };
  readonly offer: (ready: Ready) => void;
  readonly metrics: Pick<CallMetrics, 'refused'>;
  readonly log: Log;
  /** Its name in the consumer group; no two processors have the same at a time. */
  readonly reader: string;
  /** An entry that a processor has held for this long is given to another. */
  readonly takeOverMs?: number;
}

/** An entry that fails for another reason than an outage is retried after each `takeOverMs`, up to this many times. */
const maxAttempts = 5;
/** The maximum number of entries whose failures are counted: those of a few batches. */
const maxCounted = 1_024;
const batch = 128;
const waitMs = 1_000;
const backoff = { firstMs: 50, longestMs: 2_000 } as const;
/**
 * A process that was suspended for this long leaves its entries to others, which may have carried them out and
 * delivered them to the end of the call. The store remembers that not much longer.
 */
const staleAfterMs = 20_000;

export class OutboxProcessor {
  readonly #options: OutboxProcessorOptions;
  readonly #faults: WorkFaults;
  readonly #takeOverMs: number;
  readonly #stopping = new AbortController();
  /** How often each entry has failed here without an outage. */
  readonly #failures = new Map<string, number>();
  #loop: Promise<void> = Promise.resolve();

  constructor(options: OutboxProcessorOptions) {
    this.#options = options;
    this.#faults = new WorkFaults(options);
    this.#takeOverMs = options.takeOverMs ?? 3_000;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Another processor takes over what is unfinished by then. */
  async stop(withinMs: number): Promise<void> {
    this.#stopping.abort();
    await within(withinMs, this.#loop, () => undefined);
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #run(): Promise<void> {
    const { outbox, reader } = this.#options;
    while (!this.#stopped) {
      const request = { reader, max: batch, waitMs, takeOverMs: this.#takeOverMs };
      const entries = await this.#persist(() => outbox.take(request));
      if (entries === undefined || entries.length === 0) continue;
      const done = await this.#carryOut(entries);
      await this.#persist(() => outbox.done(done));
    }
  }

  /** Entries of one call in order, calls in parallel. Returns those that are done. */
  async #carryOut(entries: readonly OutboxEntry[]): Promise<readonly string[]> {
    const byCall = new Map<CallId, OutboxEntry[]>();
    for (const entry of entries) {
      const { id } = entry.transition.call;
      byCall.set(id, [...(byCall.get(id) ?? []), entry]);
    }
    const takenAt = performance.now();
    // Read after the entries were saved, so that it holds every endpoint that existed before them.
    const endpoints = readOnce(this.#options.webhooks.endpoints);
    const done: string[] = [];
    const ofOneCall = async (owed: readonly OutboxEntry[]): Promise<void> => {
      for (const entry of owed) {
        const finished = await this.#persist(async () => {
          if (performance.now() - takenAt > staleAfterMs) return false;
          await this.#perform(entry, endpoints);
          return true;
        });
        if (finished === true) {
          this.#failures.delete(entry.id);
          done.push(entry.id);
        } else if (finished === undefined) await this.#failed(entry);
      }
    };
    await Promise.all([...byCall.values()].map(ofOneCall));
    return done;
  }

  /** An entry that always fails must not come back for ever. */
  async #failed(entry: OutboxEntry): Promise<void> {
    if (this.#stopped) return;
    const failures = (this.#failures.get(entry.id) ?? 0) + 1;
    // Entries that another processor finished meanwhile never come back here.
    if (this.#failures.size >= maxCounted) this.#failures.clear();
    this.#failures.set(entry.id, failures);
    if (failures < maxAttempts) return;
    const { outbox, log } = this.#options;
    const callId = entry.transition.call.id;
    await this.#persist(() => outbox.setAside(entry));
    this.#failures.delete(entry.id);
    log.error('failed to process an outbox entry several times: the entry is set aside', { callId, count: failures });
  }

  async #perform({ transition }: OutboxEntry, endpoints: () => Promise<readonly WebhookEndpoint[]>): Promise<void> {
    const { call } = transition;
    const owed = [this.#settleTimers(transition), this.#tellWebhooks(transition, endpoints)];
    if (call.phase === 'ended') owed.push(this.#options.keepRecord(call));
    // One failure does not stop the other steps.
    const failures = (await Promise.allSettled(owed)).flatMap((part): unknown[] =>
      part.status === 'rejected' ? [part.reason] : [],
    );
    if (failures.length > 0) throw failures.find(isUnavailable) ?? failures[0];
  }

  async #tellWebhooks(change: EventsToSend, endpoints: () => Promise<readonly WebhookEndpoint[]>): Promise<void> {
    if (change.events.length === 0) return;
    for (const ready of await this.#options.webhooks.enqueue(await endpoints(), change)) this.#options.offer(ready);
  }

  async #settleTimers({ call, effects }: OutboxEntry['transition']): Promise<void> {
    await Promise.all(effects.map((effect) => this.#effect(call.id, effect)));
    if (effects.every(({ kind }) => kind === 'rest')) return;
    // Another processor may have carried out the end of the call first. Then nobody else cancels this look.
    const now = await this.#options.calls.load(call.id);
    if (now !== undefined && now.phase !== 'ended') return;
    await this.#options.schedule.rest(call.id);
  }

  #effect(callId: CallId, effect: Effect): Promise<void> {
    switch (effect.kind) {
      case 'look':
        return this.#options.schedule.look(callId, effect.at);
      case 'rest':
        return this.#options.schedule.rest(callId);
    }
  }

  /**
   * Retries while something cannot be reached, for as long as the processor runs. Undefined when it was stopped or the
   * step cannot succeed: the entry then stays in the outbox and comes again.
   */
  async #persist<T>(step: () => Promise<T>): Promise<T | undefined> {
    for (let failures = 0; failures === 0 || !this.#stopped; failures += 1) {
      try {
        return await step();
      } catch (error) {
        const code = this.#faults.failed('failed to process the outbox', error);
        await wait(exponentialMs(backoff, failures), this.#stopping.signal);
        if (code !== 'unavailable') return undefined;
      }
    }
    return undefined;
  }
}

/** An outage that may pass by itself. */
function isUnavailable(error: unknown): boolean {
  return error instanceof CallError && error.code === 'unavailable';
}

/** Reads on the first request, and again only after a failure. */
function readOnce<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= read().catch((error: unknown) => {
      reading = undefined;
      throw error;
    });
    return reading;
  };
}

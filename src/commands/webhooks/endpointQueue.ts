/** What one process knows of the lanes of one endpoint: waiting, running, and whether the endpoint answers. */
import type { CallId, WebhookEndpointId } from '../../domain/kernel/ids.ts';
import type { SendFailure } from '../../domain/webhooks/webhook.ts';
import { afterAttempt, allowedBy, closedBreaker, probing, unprobed } from '../../domain/webhooks/breaker.ts';
import type { Breaker, BreakerRules } from '../../domain/webhooks/breaker.ts';
import type { EndpointLoad } from '../../domain/webhooks/fairness.ts';
import type { Due, Lane, SendOutcome } from '../../ports/webhooks/webhooks.ts';

export interface Offered {
  readonly lane: Lane;
  readonly urgent: boolean;
  /** The message and attempt for which a job woke it. */
  readonly woken?: Pick<Due, 'seq' | 'attempt'>;
}
interface Waiting extends Offered {
  readonly since: number;
}
interface AtWork extends Offered {
  readonly since: number;
  /** Offered again while running. */
  again?: Offered;
}

/** More wait in the store, so that a process that falls far behind keeps its memory bounded. */
const maxWaiting = 1_000;
/** A call that started to ring this long ago rings no more. */
export const urgentForMs = 45_000;
/** Attempts without an answer: the endpoint was not reached, or was too slow. Any status is an answer. */
const unanswered: ReadonlySet<SendFailure> = new Set(['too_slow', 'not_reached']);

export class EndpointQueue {
  readonly id: WebhookEndpointId;
  readonly #rules: BreakerRules;
  readonly #urgent = new Map<CallId, Waiting>();
  readonly #waiting = new Map<CallId, Waiting>();
  readonly #atWork = new Map<CallId, AtWork>();
  #breaker: Breaker = closedBreaker;
  #pausedUntil = -Infinity;
  #lastFailure: SendFailure = 'not_reached';
  /** Whether the store has more that is due than is known here. */
  moreWaits = false;
  isLooking = false;

  constructor(id: WebhookEndpointId, rules: BreakerRules) {
    this.id = id;
    this.#rules = rules;
  }

  get waiting(): number {
    return this.#urgent.size + this.#waiting.size;
  }

  get isIdle(): boolean {
    return this.waiting === 0 && this.#atWork.size === 0;
  }

  /** Whether the endpoint is silent, by the latest attempts, and how the last one failed. */
  get silent(): { readonly failure: SendFailure } | undefined {
    return this.#breaker.state === 'closed' ? undefined : { failure: this.#lastFailure };
  }

  allowed(now: number): EndpointLoad['allowed'] {
    return now < this.#pausedUntil ? 'none' : allowedBy(this.#breaker, now);
  }

  load(now: number): EndpointLoad {
    this.#calm(now);
    const atWork = [...this.#atWork.values()];
    return {
      id: this.id,
      urgent: this.#urgent.size,
      waiting: this.#waiting.size,
      atWork: atWork.length,
      notUrgentAtWork: atWork.filter(({ urgent }) => !urgent).length,
      allowed: this.allowed(now),
    };
  }

  /** Returns whether it was new. */
  offer(offered: Offered, now: number): boolean {
    const { callId } = offered.lane;
    const atWork = this.#atWork.get(callId);
    if (atWork !== undefined) {
      atWork.again = offered;
      return false;
    }
    const isOpen = this.#breaker.state !== 'closed' && allowedBy(this.#breaker, now) === 'none';
    const into = offered.urgent ? this.#urgent : this.#waiting;
    const known = this.#urgent.get(callId) ?? this.#waiting.get(callId);
    if (known === undefined && (isOpen || into.size >= maxWaiting)) {
      this.moreWaits = true;
      return false;
    }
    if (known === undefined || (offered.urgent && !known.urgent)) {
      this.#waiting.delete(callId);
      into.set(callId, { ...offered, since: known?.since ?? now });
    }
    return known === undefined;
  }

  /** Starts the next one. */
  begin(urgent: boolean, now: number): Offered | undefined {
    const from = urgent ? this.#urgent : this.#waiting;
    const [next] = from.values();
    if (next === undefined) return undefined;
    from.delete(next.lane.callId);
    this.#atWork.set(next.lane.callId, { ...next, since: now });
    this.#breaker = probing(this.#breaker, now);
    return next;
  }

  /** It is no longer running. Returns what was offered meanwhile. */
  finish({ lane }: Offered): Offered | undefined {
    const again = this.#atWork.get(lane.callId)?.again;
    this.#atWork.delete(lane.callId);
    return again;
  }

  /** Nothing was sent, so whether the endpoint answers is unknown as before. */
  notTried(now: number): void {
    this.#breaker = unprobed(this.#breaker, now);
  }

  /** Returns what the attempt has changed, if anything. */
  attempted(outcome: SendOutcome, beganAt: number, now: number): 'silent' | 'answers' | undefined {
    const answered = outcome.accepted || !unanswered.has(outcome.failure);
    const before = this.#breaker.state;
    this.#breaker = afterAttempt(this.#breaker, { answered, beganAt, now }, this.#rules);
    if (!outcome.accepted) this.#lastFailure = outcome.failure;
    if (!outcome.accepted && outcome.retryAfterMs !== undefined) {
      this.#pausedUntil = Math.max(this.#pausedUntil, now + outcome.retryAfterMs);
    }
    if (this.#breaker.state === 'open' && before !== 'open') this.forgetWaiting();
    if (this.#breaker.state === 'closed') {
      if (before === 'closed') return undefined;
      this.moreWaits = true;
      return 'answers';
    }
    return before === 'closed' ? 'silent' : undefined;
  }

  /** They wait in the store. */
  forgetWaiting(): void {
    if (this.waiting > 0) this.moreWaits = true;
    this.#urgent.clear();
    this.#waiting.clear();
  }

  /** Lanes that have run for so long that another process might take them. */
  heldFor(ms: number, now: number): readonly Lane[] {
    return [...this.#atWork.values()].filter(({ since }) => now - since >= ms).map(({ lane }) => lane);
  }

  /** A call that has waited too long to ring waits with the others. */
  #calm(now: number): void {
    for (const [callId, one] of this.#urgent) {
      if (now - one.since < urgentForMs) return;
      this.#urgent.delete(callId);
      this.#waiting.set(callId, { ...one, urgent: false });
    }
  }
}

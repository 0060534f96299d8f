/** Ports for the delivery of webhooks: endpoints, pending messages, wake-ups and the sender. */
import type { CallId, Instant, WebhookEndpointId } from '../../domain/kernel/ids.ts';
import type { DeadLetter, SendFailure, WebhookEndpoint, WebhookMessage } from '../../domain/webhooks/webhook.ts';

/** The endpoints of the app. Every method throws `CallError('unavailable')` if the store cannot be reached. */
export interface WebhookEndpoints {
  get(id: WebhookEndpointId): Promise<WebhookEndpoint | undefined>;
  /** In the order of creation. Unreadable ones are left out. */
  list(): Promise<readonly WebhookEndpoint[]>;
  /** `full`: there are `most` already. */
  add(endpoint: WebhookEndpoint, most: number): Promise<'added' | 'full'>;
  /** `stale`: it was changed or removed after `before` was read. */
  replace(before: WebhookEndpoint, after: WebhookEndpoint): Promise<'saved' | 'stale'>;
  /** Returns whether there was such an endpoint. */
  remove(id: WebhookEndpointId): Promise<boolean>;
}

/** The messages of one call to one endpoint: in order, one at a time. */
export interface Lane {
  readonly endpointId: WebhookEndpointId;
  readonly callId: CallId;
}
/** The next message of a lane, and how many attempts have failed. */
export interface Due {
  readonly seq: number;
  readonly attempt: number;
  readonly dueAt: Instant;
}
export type Taken =
  | { readonly state: 'message'; readonly message: WebhookMessage; readonly attempt: number }
  /** Another holds the lane, and looks again before releasing it. */
  | { readonly state: 'busy' }
  /** No message is next: appending the missing one wakes the delivery. */
  | { readonly state: 'nothing' }
  | { readonly state: 'later'; readonly due: Due };

/** A lane with a next message. `urgent`: it makes devices ring. */
export interface WaitingLane {
  readonly callId: CallId;
  readonly urgent: boolean;
}
/** How messages that are removed from their lanes become dead letters. */
export type LetterEnd = Pick<DeadLetter, 'failure' | 'status' | 'diedAt'>;

export interface Clearing {
  readonly end?: LetterEnd;
  readonly dueAt?: Instant;
  readonly keep?: number;
}

/**
 * Messages of one lane at a time, and dead letters. All of it is deleted after `webhookRetentionMs`. Every method throws
 * `CallError('unavailable')` if the store cannot be reached.
 */
export interface WebhookMailbox {
  /**
   * Appends only messages that were not appended before; safe to repeat. A new lane begins after `after`; without it an
   * unknown lane stays `unknown`. Returns what is next now, if anything.
   */
  append(lane: Lane, messages: readonly WebhookMessage[], after?: number): Promise<'unknown' | 'nothing' | Due>;
  /**
   * Takes or keeps the lane while it has a next message; otherwise releases it. `woken`: the message and attempt that
   * are due now, whatever the clock says.
   */
  take(lane: Lane, by: { holder: string; woken?: Pick<Due, 'seq' | 'attempt'>; now: Instant }): Promise<Taken>;
  /**
   * Removes the message from the lane, if it is still next. An empty lane whose call has ended is deleted. `next`: the
   * holder, and whether they continue with the next message; without it the hold is unchanged.
   */
  accepted(
    lane: Lane,
    message: WebhookMessage,
    next?: { holder: string; continues: boolean; now: Instant },
  ): Promise<Taken>;
  /**
   * Counts the attempt and releases the lane. `nothing` if the message is not next any more, or another holds the lane.
   */
  failed(lane: Lane, attempt: Due & { holder: string }): Promise<'nothing' | Due>;
  /** Moves it to the dead letters, if it is still next and nobody but `holder` holds the lane. */
  moveToDeadLetters(lane: Lane, letter: DeadLetter, holder?: string): Promise<void>;
  /** Releases the lane. */
  release(lane: Lane, holder: string): Promise<'nothing' | Due>;
  /** Deletes the lane. */
  drop(lane: Lane): Promise<void>;
}

/** The lanes of an endpoint together. Throws as `WebhookMailbox` does. */
export interface EndpointLanes {
  /**
   * Lanes with a message due at `dueAt`: first those that ring since `ringsSince`, the newest first; then the longest
   * due.
   */
  waiting(
    endpointId: WebhookEndpointId,
    page: { dueAt: Instant; ringsSince: Instant; max: number },
  ): Promise<readonly WaitingLane[]>;
  /**
   * Removes lanes, a bounded number at a time; with `end`, their messages become dead letters. With `dueAt`, only lanes
   * with a message due then; with `keep`, only those in excess of it. The longest due go first. Returns how many lanes
   * were removed.
   */
  clear(endpointId: WebhookEndpointId, what: Clearing): Promise<number>;
  /** Extends the hold on lanes that `holder` still has. */
  keep(lanes: readonly Lane[], holder: string): Promise<void>;
}

/** Messages that were given up. Every method throws `CallError('unavailable')` if the store cannot be reached. */
export interface DeadLetters {
  /** Oldest first; unreadable ones are left out. If there are more, `next` is where to continue. */
  list(
    endpointId: WebhookEndpointId,
    page: { after: number; max: number },
  ): Promise<{ readonly letters: readonly DeadLetter[]; readonly next?: number }>;
  /** Undefined if it was replayed or has expired. */
  get(endpointId: WebhookEndpointId, messageId: string): Promise<DeadLetter | undefined>;
  /** Puts them back into their lane, before newer messages. Returns how many were still dead. */
  revive(lane: Lane, messageIds: readonly string[]): Promise<number>;
  /** Deletes all of an endpoint that was removed. */
  forget(endpointId: WebhookEndpointId): Promise<void>;
}

/** Wakes messages that must be retried. First deliveries need no wake-up. */
export interface WebhookWakeUps {
  /** At most once for one message and attempt; safe to repeat. */
  wake(lane: Lane, due: Due & { readonly urgent: boolean }): Promise<void>;
}

export type SendOutcome =
  | { readonly accepted: true; readonly status: number }
  | {
      readonly accepted: false;
      readonly failure: SendFailure;
      readonly status?: number;
      /** The receiver wants no message earlier than this after its response (`Retry-After`, RFC 9110 §10.2.3). */
      readonly retryAfterMs?: number;
    };

export interface WebhookSender {
  /** Whether URLs of this form are allowed; the address behind the name is checked at each attempt. */
  maySendTo(url: string): boolean;
  /**
   * Signs and posts a message as Standard Webhooks requires, with every secret. Returns within `webhookTimeoutMs` and
   * never throws.
   */
  send(message: { id: string; body: string; url: string; secrets: readonly string[] }): Promise<SendOutcome>;
}

/** What the delivery of webhooks needs: who wants them, what is still to be told to each, what wakes it, what sends. */
import type { CallId, Instant, WebhookEndpointId } from '../../domain/kernel/ids.ts';
import type { DeadLetter, SendFailure, WebhookEndpoint, WebhookMessage } from '../../domain/webhooks/webhook.ts';

export interface WebhookEndpoints {
  get(id: WebhookEndpointId): Promise<WebhookEndpoint | undefined>;
  /** In the order in which they were made. One that cannot be read is left out. */
  list(): Promise<readonly WebhookEndpoint[]>;
  /** `full`: there are `most` already. */
  add(endpoint: WebhookEndpoint, most: number): Promise<'added' | 'full'>;
  /** `stale`: somebody else has changed or removed it since `before` was read. */
  replace(before: WebhookEndpoint, after: WebhookEndpoint): Promise<'saved' | 'stale'>;
  remove(id: WebhookEndpointId): Promise<boolean>;
}

/** What one endpoint is told of one call: in order, one at a time. */
export interface Lane {
  readonly endpointId: WebhookEndpointId;
  readonly callId: CallId;
}
/** The message that is next in a lane, with the number of attempts that have failed. */
export interface Due {
  readonly seq: number;
  readonly attempt: number;
  readonly dueAt: Instant;
}
export type Taken =
  | { readonly state: 'message'; readonly message: WebhookMessage; readonly attempt: number }
  /** Another holds the lane, and looks again before it lets go. */
  | { readonly state: 'busy' }
  /** Nothing is next: whoever appends what is missing wakes the delivery. */
  | { readonly state: 'nothing' }
  | { readonly state: 'later'; readonly due: Due };

/** A lane in which something is next. `urgent`: phones ring by it. */
export interface WaitingLane {
  readonly callId: CallId;
  readonly urgent: boolean;
}
/** What becomes of messages that are taken out of their lanes. */
export type LetterEnd = Pick<DeadLetter, 'failure' | 'status' | 'diedAt'>;

export interface Clearing {
  readonly end?: LetterEnd;
  readonly dueAt?: Instant;
  readonly keep?: number;
}

/** Messages by lane, and those that were given up. All of it is forgotten after a configured time. */
export interface WebhookMailbox {
  /**
   * Only what was not handed on before; safe to repeat. `after` is where a new lane begins; without it an unknown lane
   * stays `unknown`. Answers what is next now, if anything is.
   */
  append(lane: Lane, messages: readonly WebhookMessage[], after?: number): Promise<'unknown' | 'nothing' | Due>;
  /**
   * Takes the lane, or keeps it, while something is next in it; lets it go otherwise. `woken`: for which message and
   * attempt, which is due then whatever the clock says.
   */
  take(lane: Lane, by: { holder: string; woken?: Pick<Due, 'seq' | 'attempt'>; now: Instant }): Promise<Taken>;
  /**
   * It leaves the lane, if it is still next. A lane whose call is over and in which nothing is left is forgotten.
   * `next`: who holds the lane, and whether they go on with what is next; without it the lane is held as before.
   */
  accepted(lane: Lane, message: WebhookMessage, next?: { holder: string; goOn: boolean; now: Instant }): Promise<Taken>;
  /** Counts the attempt and lets the lane go. `nothing` when the message is not next any more, or another holds the lane. */
  failed(lane: Lane, attempt: Due & { holder: string }): Promise<'nothing' | Due>;
  /** It leaves the lane for the dead letters, if it is still next and nobody but `holder` holds the lane. */
  bury(lane: Lane, letter: DeadLetter, holder?: string): Promise<void>;
  /** Lets the lane go. */
  release(lane: Lane, holder: string): Promise<'nothing' | Due>;
  /** Holds the lanes for longer, those that `holder` still has. */
  keep(lanes: readonly Lane[], holder: string): Promise<void>;
  /** Forgets the lane. */
  drop(lane: Lane): Promise<void>;
  /** Lanes in which something is due at `dueAt`: first those that ring since `ringsSince`, the newest first; then the longest due. */
  waiting(
    endpointId: WebhookEndpointId,
    page: { dueAt: Instant; ringsSince: Instant; max: number },
  ): Promise<readonly WaitingLane[]>;
  /**
   * Takes lanes away, a bounded number at a time; their messages become dead letters when `end` says how. Only those in
   * which something was due at `dueAt` when it is given, and only what is more than `keep`, the longest due first. Answers
   * how many lanes went.
   */
  clear(endpointId: WebhookEndpointId, what: Clearing): Promise<number>;
}

export interface DeadLetters {
  /** The longest dead first; one that cannot be read is left out. `next`, when there are more, is where to go on. */
  list(
    endpointId: WebhookEndpointId,
    page: { after: number; max: number },
  ): Promise<{ readonly letters: readonly DeadLetter[]; readonly next?: number }>;
  get(endpointId: WebhookEndpointId, messageId: string): Promise<DeadLetter | undefined>;
  /** Puts them back into their lane, before what is newer. Answers how many were still dead. */
  revive(lane: Lane, messageIds: readonly string[]): Promise<number>;
  forget(endpointId: WebhookEndpointId): Promise<void>;
}

/** Wakes what is to be tried again. First deliveries need nobody to wake them. */
export interface WebhookWakeUps {
  /** Once for the same message and attempt; safe to repeat. */
  wake(lane: Lane, due: Due & { readonly urgent: boolean }): Promise<void>;
}

export type SendOutcome =
  | { readonly accepted: true; readonly status: number }
  | {
      readonly accepted: false;
      readonly failure: SendFailure;
      readonly status?: number;
      /** The receiver asks for no message before this, counted from its answer. */
      readonly retryAfterMs?: number;
    };

export interface WebhookSender {
  /** Whether URLs of this form are sent to at all; where the name leads is seen at each attempt. */
  maySendTo(url: string): boolean;
  /** Answers within a bound and never throws. */
  send(message: { id: string; body: string; url: string; secrets: readonly string[] }): Promise<SendOutcome>;
}

/**
 * Webhooks: which events the app's backend gets, how messages are signed while secrets change, and how long delivery is
 * tried.
 */
import { callerOf } from '../call/call.ts';
import type { Call } from '../call/call.ts';
import type { CallEvent } from '../call/events.ts';
import type { CallId, Instant, WebhookEndpointId } from '../kernel/ids.ts';

export interface WebhookSecret {
  /** `whsec_` and the key in base64. */
  readonly secret: string;
  /** Absent in the newest secret, which signs until it is replaced. */
  readonly signsUntil?: Instant;
  /** The keyed request that made it. A repeat makes no other. */
  readonly madeBy?: string;
}
export interface WebhookEndpoint {
  readonly id: WebhookEndpointId;
  readonly url: string;
  readonly createdAt: Instant;
  /** Newest first. */
  readonly secrets: readonly WebhookSecret[];
  /** Nothing is sent or kept for the endpoint until the app enables it again. */
  readonly disabled?: { readonly reason: DisableReason; readonly since: Instant };
  /** When the app last enabled it. Earlier events are not sent. */
  readonly enabledAt?: Instant;
}
/** `gone`: it answered 410. */
export const disableReasons = ['gone'] as const;
export type DisableReason = (typeof disableReasons)[number];

/** `body` is sent and signed byte for byte in each attempt. */
export interface WebhookMessage {
  readonly id: string;
  readonly callId: CallId;
  readonly seq: number;
  readonly type: CallEvent['type'];
  readonly body: string;
}

/** Why an attempt failed, for dead letters and metrics. */
export const sendFailures = ['status', 'redirect', 'too_slow', 'address_refused', 'not_reached'] as const;
export type SendFailure = (typeof sendFailures)[number];

/** A message that was tried as often or as long as allowed, or whose endpoint was disabled. */
export interface DeadLetter {
  readonly message: WebhookMessage;
  /** 0 when the endpoint was silent for so long that the message was never tried. */
  readonly attempts: number;
  readonly failure: SendFailure;
  /** Status of the last answer, if there was one. */
  readonly status?: number;
  readonly diedAt: Instant;
}

/** More than a backend needs, and few enough to keep every event for each. */
export const maxWebhookEndpoints = 16;

/**
 * One message for each event in `due`, always with the same id: receivers recognise a repeat by it. `events` are all
 * events of the call from its first on.
 */
export function messagesOf(
  call: Call,
  { events, due }: { readonly events: readonly CallEvent[]; readonly due: readonly CallEvent[] },
): readonly WebhookMessage[] {
  return due.map((event) => {
    const { type, at, callId, seq, ...facts } = event;
    const callees = type === 'call.ringing' ? { callees: firstCallees(call, events) } : {};
    const data = { callId, seq, media: call.media, ...facts, ...callees };
    const body = JSON.stringify({ type, timestamp: new Date(at).toISOString(), data });
    return { id: messageId(callId, seq), callId, seq, type, body };
  });
}

/** The same for all endpoints. It has no dot, since a dot separates the parts that are signed. */
export function messageId(callId: CallId, seq: number): string {
  return `${callId}_${seq}`;
}

/** The callees of the caller. For everybody else the first event is the invitation. */
function firstCallees(call: Call, events: readonly CallEvent[]): readonly string[] {
  const caller = callerOf(call);
  const callees = call.participants.map(({ userId }) => userId).filter((userId) => userId !== caller);
  return callees.filter((userId) => firstOf(events, userId)?.type !== 'call.invited');
}

function firstOf(events: readonly CallEvent[], userId: string): CallEvent | undefined {
  return events.find((event) => 'userId' in event && event.userId === userId);
}

/** While a secret is replaced the old one signs as well, so that the receiver can change over at any time. */
export function signingSecrets({ secrets }: WebhookEndpoint, now: Instant): readonly string[] {
  return secrets.filter(({ signsUntil }) => signsUntil === undefined || now < signsUntil).map(({ secret }) => secret);
}

/** The maximum number of secrets that sign at once, however often they are replaced. */
const maxSecrets = 4;

export function rotated(
  endpoint: WebhookEndpoint,
  secret: WebhookSecret,
  { now, overlapMs }: { readonly now: Instant; readonly overlapMs: number },
): WebhookEndpoint {
  const before = endpoint.secrets
    .map((old) => ({ ...old, signsUntil: old.signsUntil ?? now + overlapMs }))
    .filter(({ signsUntil }) => now < signsUntil);
  return { ...endpoint, secrets: [secret, ...before].slice(0, maxSecrets) };
}

/** How long a message waits for a silent endpoint: as long as all its attempts would take. */
export function longestWait(waitsMs: readonly number[]): number {
  return waitsMs.reduce((sum, wait) => sum + wait, 0);
}

/** The endpoint gets events from this time on. */
export function receivesSince({ createdAt, enabledAt }: WebhookEndpoint): Instant {
  return Math.max(createdAt, enabledAt ?? createdAt);
}

export function disabled(endpoint: WebhookEndpoint, reason: DisableReason, since: Instant): WebhookEndpoint {
  return { ...endpoint, disabled: { reason, since } };
}

export function enabled({ disabled: _, ...endpoint }: WebhookEndpoint, now: Instant): WebhookEndpoint {
  return { ...endpoint, enabledAt: now };
}

/** A wait is at most this fraction longer, so that messages that failed together are not retried together. */
const jitter = 0.2;

/**
 * How long to wait after attempt number `attempt` (from 1) has failed. Undefined when it was the last one. `random` is
 * from 0 to 1.
 */
export function waitAfter(attempt: number, waitsMs: readonly number[], random: number): number | undefined {
  const wait = waitsMs[attempt - 1];
  return wait === undefined ? undefined : Math.round(wait * (1 + jitter * random));
}

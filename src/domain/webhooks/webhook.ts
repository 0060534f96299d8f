/** What the app's backend is told of calls, to whom, how it is signed over time and how long it is tried. */
import { callerOf } from '../call/call.ts';
import type { Call } from '../call/call.ts';
import type { CallEvent } from '../call/events.ts';
import type { CallId, Instant, WebhookEndpointId } from '../kernel/ids.ts';

export interface WebhookSecret {
  /** `whsec_` and the key in base64. */
  readonly secret: string;
  /** Absent in the newest, which signs until it is replaced. */
  readonly signsUntil?: Instant;
  /** The request with a key that made it: repeated, it makes no other. */
  readonly madeBy?: string;
}
export interface WebhookEndpoint {
  readonly id: WebhookEndpointId;
  readonly url: string;
  readonly createdAt: Instant;
  /** The newest first. */
  readonly secrets: readonly WebhookSecret[];
  /** Nothing is sent to it, and nothing kept for it, until the app enables it again. */
  readonly disabled?: { readonly reason: DisableReason; readonly since: Instant };
  /** When the app last enabled it: of what happened before it is told nothing. */
  readonly enabledAt?: Instant;
}
/** `gone`: it answered 410. */
export const disableReasons = ['gone'] as const;
export type DisableReason = (typeof disableReasons)[number];

/** `body` is what is sent and signed, to the byte, in each attempt. */
export interface WebhookMessage {
  readonly id: string;
  readonly callId: CallId;
  readonly seq: number;
  readonly type: CallEvent['type'];
  readonly body: string;
}

/** Why an attempt was no success: in dead letters and metrics. */
export const sendFailures = ['status', 'redirect', 'too_slow', 'address_refused', 'not_reached'] as const;
export type SendFailure = (typeof sendFailures)[number];

/** A message that was tried as often or as long as may be, or whose endpoint was disabled. */
export interface DeadLetter {
  readonly message: WebhookMessage;
  /** 0 when its endpoint answered nobody for so long that it was never tried. */
  readonly attempts: number;
  readonly failure: SendFailure;
  /** Of the last answer, when there was one. */
  readonly status?: number;
  readonly diedAt: Instant;
}

/** More than a backend needs, and few enough for every event to be kept for each. */
export const maxWebhookEndpoints = 16;

/**
 * One for each of `told`, the same whenever it is made: receivers know a repeated message by its id. `events` are all of
 * the call from its first on.
 */
export function messagesOf(
  call: Call,
  { events, told }: { readonly events: readonly CallEvent[]; readonly told: readonly CallEvent[] },
): readonly WebhookMessage[] {
  return told.map((event) => {
    const { type, at, callId, seq, ...facts } = event;
    const callees = type === 'call.ringing' ? { callees: firstCallees(call, events) } : {};
    const data = { callId, seq, media: call.media, ...facts, ...callees };
    const body = JSON.stringify({ type, timestamp: new Date(at).toISOString(), data });
    return { id: messageId(callId, seq), callId, seq, type, body };
  });
}

/** The same for all endpoints. No dot, which parts what is signed. */
export function messageId(callId: CallId, seq: number): string {
  return `${callId}_${seq}`;
}

/** Those whom the caller called: of anybody else the first that was heard is the invitation. */
function firstCallees(call: Call, events: readonly CallEvent[]): readonly string[] {
  const caller = callerOf(call);
  const callees = call.participants.map(({ userId }) => userId).filter((userId) => userId !== caller);
  return callees.filter((userId) => firstOf(events, userId)?.type !== 'call.invited');
}

function firstOf(events: readonly CallEvent[], userId: string): CallEvent | undefined {
  return events.find((event) => 'userId' in event && event.userId === userId);
}

/** While a secret is being replaced the old one signs along, so that the receiver may change over whenever it likes. */
export function signingSecrets({ secrets }: WebhookEndpoint, now: Instant): readonly string[] {
  return secrets.filter(({ signsUntil }) => signsUntil === undefined || now < signsUntil).map(({ secret }) => secret);
}

/** However often it is repeated, so many sign at once. */
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

/** How long a message waits for an endpoint that does not answer: as long as all its attempts would take. */
export function longestWait(waitsMs: readonly number[]): number {
  return waitsMs.reduce((sum, wait) => sum + wait, 0);
}

/** The endpoint is told of what happens from then on. */
export function toldSince({ createdAt, enabledAt }: WebhookEndpoint): Instant {
  return Math.max(createdAt, enabledAt ?? createdAt);
}

export function disabled(endpoint: WebhookEndpoint, reason: DisableReason, since: Instant): WebhookEndpoint {
  return { ...endpoint, disabled: { reason, since } };
}

export function enabled({ disabled: _, ...endpoint }: WebhookEndpoint, now: Instant): WebhookEndpoint {
  return { ...endpoint, enabledAt: now };
}

/** So much longer at most, so that what failed together is not tried together. */
const jitter = 0.2;

/**
 * How long to wait after the attempt with this number (from 1) has failed; undefined when it was the last. `random`
 * is from 0 to 1.
 */
export function waitAfter(attempt: number, waitsMs: readonly number[], random: number): number | undefined {
  const wait = waitsMs[attempt - 1];
  return wait === undefined ? undefined : Math.round(wait * (1 + jitter * random));
}

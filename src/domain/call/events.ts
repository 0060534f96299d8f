/** Facts about a call, numbered from 1 per call without a gap. */
import type { EndReason, LeaveReason } from './call.ts';
import type { CallId, Instant, UserId } from '../kernel/ids.ts';

export const eventTypes = [
  'call.ringing',
  'call.answered',
  'call.invited',
  'call.rejoined',
  'call.declined',
  'call.missed',
  'call.left',
  'call.connected',
  'call.reconnecting',
  'call.muted',
  'call.held',
  'call.unheld',
  'call.host_changed',
  'call.moved',
  'call.ended',
] as const;

export type EventFact =
  | { readonly type: 'call.ringing'; readonly userId: UserId }
  | { readonly type: 'call.answered' | 'call.declined' | 'call.missed'; readonly userId: UserId }
  /**
   * Not `call.answered` again, which describes the ringing and how long it took. A returning or late participant was
   * not rung.
   */
  | { readonly type: 'call.rejoined'; readonly userId: UserId }
  /** `userId` was invited or muted by `by`. */
  | { readonly type: 'call.invited' | 'call.muted'; readonly userId: UserId; readonly by: UserId }
  | { readonly type: 'call.host_changed' | 'call.held' | 'call.unheld'; readonly userId: UserId }
  | { readonly type: 'call.left'; readonly userId: UserId; readonly reason: LeaveReason }
  | { readonly type: 'call.connected' | 'call.reconnecting'; readonly userId: UserId }
  /** Another node carries the media now. Which one is not revealed. */
  | { readonly type: 'call.moved' }
  | { readonly type: 'call.ended'; readonly reason: EndReason };

/** `seq` is the event's number in its call; `userId` in `call.ringing` is the caller. */
export type CallEvent = EventFact & {
  readonly callId: CallId;
  readonly seq: number;
  readonly at: Instant;
};

/**
 * The newest events of a call are kept, so that a long and busy call stays small (about 150 KB). It is far more than
 * happens between two looks of a client, and more than webhooks lag behind.
 */
export const maxEvents = 1_000;

/** Only the newest are kept. */
export function keptEvents(events: readonly CallEvent[]): readonly CallEvent[] {
  return events.slice(-maxEvents);
}

/** Whether these are the newest events of a call with so many, without a gap. */
export function areNewest(events: readonly CallEvent[], lastEvent: number): boolean {
  return (events.at(-1)?.seq ?? 0) === lastEvent && events.length >= Math.min(lastEvent, maxEvents);
}

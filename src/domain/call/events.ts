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
   * Not `call.answered` again: that one says how the ringing went and how long it took, and is counted by it. Who comes
   * back, or comes after all, was not rung.
   */
  | { readonly type: 'call.rejoined'; readonly userId: UserId }
  /** `userId` is rung, or their microphone was paused; `by` did it. */
  | { readonly type: 'call.invited' | 'call.muted'; readonly userId: UserId; readonly by: UserId }
  | { readonly type: 'call.host_changed' | 'call.held' | 'call.unheld'; readonly userId: UserId }
  | { readonly type: 'call.left'; readonly userId: UserId; readonly reason: LeaveReason }
  | { readonly type: 'call.connected' | 'call.reconnecting'; readonly userId: UserId }
  /** Another node carries its media now. Which one is nobody's business. */
  | { readonly type: 'call.moved' }
  | { readonly type: 'call.ended'; readonly reason: EndReason };

/** `seq` is the event's number in its call; `userId` in `call.ringing` is the caller. */
export type CallEvent = EventFact & {
  readonly callId: CallId;
  readonly seq: number;
  readonly at: Instant;
};

/**
 * Of one call the newest events are kept, so that a long and restless one stays small: some 150 KB. Far more than happens in
 * a call of people between two looks of a client, and more than webhooks are behind.
 */
export const maxEvents = 1_000;

/** The newest are all that is kept of them. */
export function keptEvents(events: readonly CallEvent[]): readonly CallEvent[] {
  return events.slice(-maxEvents);
}

/** Are these the newest events of a call that has had so many, without a gap? */
export function areNewest(events: readonly CallEvent[], lastEvent: number): boolean {
  return (events.at(-1)?.seq ?? 0) === lastEvent && events.length >= Math.min(lastEvent, maxEvents);
}

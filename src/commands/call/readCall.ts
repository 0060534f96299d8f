/** Who may enter which call: tickets, and reading a call as one of its participants. */
import { mayRejoin, participantOf } from '../../domain/call/call.ts';
import type { Call } from '../../domain/call/call.ts';
import type { CallEvent } from '../../domain/call/events.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { CallId, UserId } from '../../domain/kernel/ids.ts';
import type { CallIndex } from '../../ports/call/callIndex.ts';
import type { CallStore } from '../../ports/call/callStore.ts';
import type { Tokens } from '../../ports/people/tokens.ts';

/** A ticket for a participant, who watches and publishes; the host also moderates. */
export function ticketFor(tokens: Tokens, call: Call, userId: UserId): Promise<string> {
  const isHost = participantOf(call, userId)?.role === 'host';
  return tokens.issueTicket({
    callId: call.id,
    userId,
    rights: isHost ? ['watch', 'publish', 'moderate'] : ['watch', 'publish'],
  });
}

/** One of its participants asks. */
export interface ByUser {
  readonly callId: CallId;
  readonly userId: UserId;
}

interface AdmitContext {
  readonly store: CallStore;
  readonly tokens: Tokens;
}

/**
 * `call_not_found` for everybody who is not in it, so that ids cannot be probed. Who has left sees the call when it has
 * ended, or while they may come back: who is in it is what they decide by.
 */
export async function readCall(
  { store, tokens }: AdmitContext,
  { callId, userId }: ByUser,
): Promise<{ call: Call; ticket: string }> {
  const call = await store.load(callId);
  const participant = call && participantOf(call, userId);
  if (call === undefined || participant === undefined) throw new CallError('call_not_found');
  if (participant.state === 'gone' && call.phase !== 'ended') {
    // Blocks are not checked here: the answer would reveal them.
    if (!mayRejoin(call, participant)) throw new CallError('not_joined');
  }
  return { call, ticket: await ticketFor(tokens, call, userId) };
}

/**
 * For a repeated request that changed a call: its state now, also for participants who left by that request. A
 * participant whom the host removed sees nothing more.
 */
export async function readChanged({ store }: Pick<AdmitContext, 'store'>, { callId, userId }: ByUser): Promise<Call> {
  const call = await store.load(callId);
  const participant = call && participantOf(call, userId);
  if (call === undefined || participant === undefined) throw new CallError('call_not_found');
  const isRemoved = participant.state === 'gone' && participant.reason === 'removed';
  if (isRemoved && call.phase !== 'ended') throw new CallError('not_joined');
  return call;
}

export interface EventsPage {
  readonly events: readonly CallEvent[];
  /** The `after` of the next page. Undefined on the last page. */
  readonly next: number | undefined;
  /** How many events between `after` and the first one here are not stored any more. */
  readonly missed: number;
}

/** Until the call has ended, its events are for those who are in it. */
export async function readEvents(
  context: AdmitContext,
  request: ByUser & { readonly after: number; readonly limit: number },
): Promise<EventsPage> {
  const { callId, userId, after, limit } = request;
  const { call } = await readCall(context, { callId, userId });
  if (call.phase !== 'ended' && participantOf(call, userId)?.state === 'gone') throw new CallError('not_joined');
  const found = await context.store.eventsAfter(callId, after, limit + 1);
  const events = found.slice(0, limit);
  const [first, last] = [events[0], events.at(-1)];
  return {
    events,
    next: found.length > limit ? last?.seq : undefined,
    missed: first === undefined ? 0 : first.seq - after - 1,
  };
}

/** The calls that ring for a user or that they are in, each with a ticket. */
export async function liveCalls(
  { callIndex, tokens }: { readonly callIndex: Pick<CallIndex, 'liveCallsOf'>; readonly tokens: Tokens },
  userId: UserId,
): Promise<readonly { call: Call; ticket: string }[]> {
  const calls = await callIndex.liveCallsOf(userId);
  return Promise.all(calls.map(async (call) => ({ call, ticket: await ticketFor(tokens, call, userId) })));
}

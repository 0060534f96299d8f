/** Removes viewers and revokes tickets. */
import { participantOf } from '../../../domain/call/call.ts';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { CallId, TicketId, UserId } from '../../../domain/kernel/ids.ts';
import type { CallStore } from '../../../ports/call/callStore.ts';
import type { ViewerTickets } from '../../../ports/media/viewerTickets.ts';

export interface ViewersContext {
  readonly store: Pick<CallStore, 'load'>;
  readonly viewerTickets: ViewerTickets;
}

/**
 * Ends the watching of a user on every node and voids their tickets to watch this call. `by` is absent when the app
 * asks; otherwise it must be the host. The answer is the same whether the user watches or not, since a host must not
 * find out who watches.
 */
export async function removeViewer(
  { store, viewerTickets }: ViewersContext,
  { callId, userId, by }: { readonly callId: CallId; readonly userId: UserId; readonly by?: UserId },
): Promise<void> {
  const call = await store.load(callId);
  if (call === undefined || (by !== undefined && participantOf(call, by) === undefined)) {
    throw new CallError('call_not_found');
  }
  if (call.phase === 'ended') throw new CallError('call_ended');
  if (by !== undefined) {
    const host = participantOf(call, by);
    if (host?.role !== 'host') throw new CallError('not_allowed');
    if (host.state !== 'joined') throw new CallError('not_joined');
  }
  await viewerTickets.revokeAll(callId, userId);
}

/**
 * Closes the sessions that watch with it, and admits nobody with it any more. Safe to repeat, also for an unknown
 * ticket.
 */
export function revokeTicket(
  { viewerTickets }: Pick<ViewersContext, 'viewerTickets'>,
  ticketId: TicketId,
): Promise<void> {
  return viewerTickets.revoke(ticketId);
}

import { participantOf } from '../../../domain/call/call.ts';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { Instant, TicketId } from '../../../domain/kernel/ids.ts';
import type { CallStore } from '../../../ports/call/callStore.ts';
import type { IdSource } from '../../../ports/system/idSource.ts';
import type { Ticket, Tokens } from '../../../ports/people/tokens.ts';
import type { ViewerTickets } from '../../../ports/media/viewerTickets.ts';

export interface IssueTicketContext {
  readonly store: CallStore;
  readonly tokens: Tokens;
  readonly ids: Pick<IdSource, 'ticketId'>;
  readonly viewerTickets: Pick<ViewerTickets, 'markOf'>;
}
export interface TicketWish extends Omit<Ticket, 'ticketId' | 'mark'> {
  readonly ttlMs?: number | undefined;
  /** The id by which it can be revoked. A new one when absent. */
  readonly ticketId?: TicketId | undefined;
  /** As it was when a repeated request first came. The present one when absent. */
  readonly mark?: number | undefined;
}
export interface IssuedTicket {
  readonly ticket: string;
  readonly ticketId: TicketId;
  readonly expiresAt: Instant;
}

/** A ticket that the app's backend asks for: to watch, for anybody; to do more, for a participant. */
export async function issueTicket(
  { store, tokens, ids, viewerTickets }: IssueTicketContext,
  { ttlMs, ticketId = ids.ticketId(), mark: firstMark, ...wanted }: TicketWish,
): Promise<IssuedTicket> {
  const { callId, userId, rights } = wanted;
  const [call, mark] = await Promise.all([store.load(callId), firstMark ?? viewerTickets.markOf(callId, userId)]);
  if (call === undefined) throw new CallError('call_not_found');
  if (call.phase === 'ended') throw new CallError('call_ended');
  const doesMore = rights.some((right) => right !== 'watch');
  if (doesMore && participantOf(call, userId) === undefined) throw new CallError('not_joined');
  const ticket = await tokens.issueTicket({ ...wanted, ticketId, ...(doesMore ? {} : { mark }) }, ttlMs);
  return { ticket, ticketId, expiresAt: (await tokens.readTicket(ticket)).expiresAt };
}

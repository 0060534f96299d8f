import { participantOf } from '../call/call.ts';
import { CallError } from '../call/errors.ts';
import type { CallStore } from '../ports/callStore.ts';
import type { Ticket, Tokens } from '../ports/tokens.ts';

/** A ticket by the wish of the app's backend: to watch for anybody, to do more for a participant. */
export async function issueTicket(
  { store, tokens }: { readonly store: CallStore; readonly tokens: Tokens },
  ticket: Ticket,
): Promise<string> {
  const call = await store.load(ticket.callId);
  if (call === undefined) throw new CallError('call_not_found');
  if (call.phase === 'ended') throw new CallError('call_ended');
  const doesMore = ticket.rights.some((right) => right !== 'watch');
  if (doesMore && participantOf(call, ticket.userId) === undefined) throw new CallError('not_joined');
  return tokens.issueTicket(ticket);
}

import { CallError } from '../../../domain/kernel/errors.ts';
import type { Instant } from '../../../domain/kernel/ids.ts';
import type { Tokens } from '../../../ports/people/tokens.ts';
import { admitViewer } from './admitViewer.ts';
import type { AdmitViewerContext } from './admitViewer.ts';
import type { LocalViewers } from './localViewers.ts';
import { mustOwnSession } from '../ownSession.ts';
import type { OwnSessionContext, SessionRequest } from '../ownSession.ts';

export interface RenewTicketContext extends AdmitViewerContext, OwnSessionContext {
  readonly tokens: Tokens;
  readonly viewers: Pick<LocalViewers, 'heldBy' | 'renewed'>;
}

/**
 * Gives a watching session another ticket. Throws `session_not_found` if it does not watch, `ticket_invalid`,
 * `ticket_expired` or `ticket_in_use`.
 */
export async function renewTicket(
  context: RenewTicketContext,
  request: SessionRequest<'renewTicket'>,
): Promise<{ readonly expiresAt: Instant }> {
  const { tokens, viewers } = context;
  const { sessionId, device } = request;
  mustOwnSession(context, request);
  const before = viewers.heldBy(sessionId);
  if (before === undefined) throw new CallError('session_not_found');
  const ticket = await tokens.readTicket(request.ticket);
  if (ticket.callId !== before.callId) throw new CallError('ticket_invalid');
  const held = await admitViewer(context, ticket, device);
  viewers.renewed(sessionId, held);
  return { expiresAt: held.expiresAt };
}
